package io.strandline.sync.hazelcast;

import com.hazelcast.map.IMap;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.bus.LogOwner;
import io.strandline.sync.bus.NewsCarrier;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts the durable revisions of an owner into the news map. Each name has one message in flight at a time. News that
 * arrive meanwhile go with the next message. A failed message is not repeated, because the next one replaces it, and
 * members that find nothing new in the map ask the log.
 */
final class HazelcastNews implements NewsCarrier {

    private static final Logger LOG = Logger.of(HazelcastNews.class);

    private final ContextInternal context;
    private final IMap<String, StoredNews> map;
    private final RevisionStore log;
    private @Nullable LogOwner owner;

    HazelcastNews(ContextInternal context, IMap<String, StoredNews> map, RevisionStore log) {
        this.context = context;
        this.map = map;
        this.log = log;
    }

    /** The owner's claim is news too: it shows the epochs that were there before. */
    @Override
    public Future<Long> begin(LogOwner owner) {
        this.owner = owner;
        return publish(LogOwner.NAME, new CatchUp(Position.NONE, List.of(owner.claim())))
                .recover(failure -> Future.failedFuture(
                        new StrandlineException.Unavailable("Hazelcast took no news of the " + owner, failure)));
    }

    @Override
    public Runnable carry(StreamName name) {
        NameNews news = new NameNews(name);
        return () -> context.emit(changed -> news.changed());
    }

    @Override
    public void drop(StreamName name) {
        String key = NewsMap.keyOf(Objects.requireNonNull(owner).log(), name);
        // There is no call that removes a key, and neither waits nor brings its value here.
        context.<@Nullable Void>executeBlocking(
                        () -> {
                            map.delete(key);
                            return null;
                        },
                        false)
                .onFailure(failure -> LOG.debug("news of {} stay until they are old", name, failure));
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    private Future<Long> publish(StreamName name, CatchUp missed) {
        LogOwner claimed = Objects.requireNonNull(owner);
        PublishNews task = new PublishNews(StoredNews.of(claimed.epoch(), claimed.id(), missed));
        return OnKey.submit(context, map, NewsMap.keyOf(claimed.log(), name), task);
    }

    /** The news of one name that the map has received. Belongs to the context. */
    private final class NameNews {

        private final StreamName name;
        private Position told = Position.NONE;
        private boolean underWay;
        private boolean again;

        NameNews(StreamName name) {
            this.name = name;
        }

        void changed() {
            if (underWay) {
                again = true;
                return;
            }
            underWay = true;
            log.readNews(name, told)
                    .compose(missed -> missed.revisions().isEmpty()
                            ? Future.succeededFuture(missed.newest())
                            : publish(name, missed).map(missed.newest()))
                    .onComplete(newest -> context.emit(newest, result -> {
                        if (result.succeeded()) {
                            told = result.result();
                        } else {
                            LOG.debug("news of {} after {} were not carried", name, told, result.cause());
                        }
                        underWay = false;
                        if (again) {
                            again = false;
                            changed();
                        }
                    }));
        }
    }
}
