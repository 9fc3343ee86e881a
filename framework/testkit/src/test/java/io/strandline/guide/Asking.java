package io.strandline.guide;

import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.vertx.core.Future;

// GUIDE: begin asking
/** Looks at the state of running pipelines. */
final class Asking {
    /** The views of a page in the minutes that are not over yet. */
    static Future<String> views(RunningPipeline running, String page) {
        return running.windows("minute", page)
                .map(answer -> answer.windows() + " of the events before offset " + answer.offset());
    }

    /** Prints the balances of all accounts of a branch, page by page. */
    static Future<Void> print(RunningPipeline running, StateRange range) {
        return running.states("balance", range).compose(page -> {
            page.states().forEach(each -> System.out.println(each.key() + ": " + each.value()));
            return page.next() == null ? Future.succeededFuture() : print(running, range.startingAt(page.next()));
        });
    }

    static Future<Void> printBranch(RunningPipeline running, String branch) {
        return print(running, StateRange.prefix(branch + "/").limitedTo(500));
    }

    private Asking() {}
}
// GUIDE: end asking
