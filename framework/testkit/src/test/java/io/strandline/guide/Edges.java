package io.strandline.guide;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.strandline.EventRecord;
import io.strandline.NewEvent;
import io.strandline.guide.Views.Count;
import io.strandline.guide.Views.View;
import io.strandline.rxjava3.RxStrandline;

// GUIDE: begin edges
/** A Flowable at each edge of the pipeline. No one takes more than it has room for. */
final class Edges {
    /** Appends to the source. Requests more only while the writer is not full. */
    static Completable append(RxStrandline log, Flowable<View> views) {
        return log.createWriter("site/views", View.CODEC)
                .flatMapCompletable(writer -> writer.appendAll(views.map(view -> NewEvent.of(view.page(), view)))
                        .andThen(writer.end()));
    }

    /** The outputs from the first on, without end. Reads on by demand. */
    static Flowable<Count> counts(RxStrandline log) {
        return log.subscribe("site/counts", Count.CODEC).map(EventRecord::event);
    }

    private Edges() {}
}
// GUIDE: end edges
