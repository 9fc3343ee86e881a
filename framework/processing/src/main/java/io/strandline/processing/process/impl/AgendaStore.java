package io.strandline.processing.process.impl;

import io.strandline.Appended;
import io.strandline.Direction;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.IfExists;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.process.impl.AgendaPart.OpenWork;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Agendas in a stream of their own, each with the cut of the steps that are in it, so that an opening need not read older steps. The
 * newest whole one counts. It is a fold of the log, so it is true whoever wrote it, and can always be done without. Older ones are removed.
 * Belongs to one context.
 */
final class AgendaStore {

    private static final Logger LOG = Logger.of(AgendaStore.class);

    /** About the bytes of a part. One instance takes at most a third of an event, so a part is never above the limit of events. */
    private static final long PART_BYTES = 256 << 10;

    private static final String KEY = "agenda";

    private final Run<?> run;
    private final StreamName stream;
    private @Nullable EventWriter<AgendaPart> writer;
    private boolean saving;

    /** Steps that are not in the newest agenda, those of earlier openings included. */
    private long stepsSince;

    AgendaStore(Run<?> run) {
        StreamName process = StreamName.parse(run.stream());
        this.run = run;
        this.stream = new StreamName(process.scope(), process.stream() + "-agenda");
    }

    /** Creates the stream if it does not exist, and begins to write. */
    Future<Void> open() {
        return run.log
                .catalog()
                .createStream(stream.toString(), new StreamOptions().setIfExists(IfExists.KEEP))
                .compose(known -> run.log.createWriter(
                        stream.toString(),
                        AgendaPart.CODEC,
                        new WriterOptions().setTracingPolicy(TracingPolicy.IGNORE)))
                .onSuccess(created -> writer = created)
                .mapEmpty();
    }

    // ---- read

    /** The parts of the newest whole agenda, the last one first. None if there is none that can be read. */
    Future<List<AgendaPart>> newest() {
        return run.log
                .history(
                        stream.toString(), KEY, AgendaPart.CODEC, new HistoryOptions().setDirection(Direction.BACKWARD))
                .compose(AgendaStore::newestWhole)
                .recover(unreadable -> {
                    LOG.warn("The agenda of {} in {} is not used, all steps are read", run, stream, unreadable);
                    return Future.succeededFuture(List.of());
                });
    }

    private static Future<List<AgendaPart>> newestWhole(EventReader<AgendaPart> backward) {
        Promise<List<AgendaPart>> found = Promise.promise();
        List<AgendaPart> parts = new ArrayList<>();
        backward.exceptionHandler(found::tryFail);
        backward.endHandler(over -> found.tryComplete(List.of()));
        backward.handler(read -> {
            AgendaPart part = read.event();
            AgendaPart after = parts.isEmpty() ? null : parts.get(parts.size() - 1);
            if (after != null && !(after.id().equals(part.id()) && after.index() == part.index() + 1)) {
                parts.clear();
                after = null;
            }
            if (after != null || part.index() == part.count() - 1) {
                parts.add(part);
                if (part.index() == 0) {
                    found.tryComplete(parts);
                    backward.close();
                }
            }
        });
        return found.future();
    }

    // ---- write

    /** An opening has read a step, which so is in no agenda. */
    void read() {
        stepsSince++;
    }

    /** A step was decided and folded. True if the agenda should be saved: the cost of that is in proportion to the steps since the last one. */
    boolean isDueAfterStep(Agenda agenda) {
        stepsSince++;
        return !saving && stepsSince >= Math.max(run.options.getAgendaSteps(), agenda.size() / 2);
    }

    /** Saves the agenda. If that fails, the next one is saved later. */
    void save(Agenda agenda, StreamCut cut) {
        EventWriter<AgendaPart> to = writer;
        if (saving || to == null || run.isEnding()) {
            return;
        }
        saving = true;
        stepsSince = 0;
        List<Future<Appended>> appended = new ArrayList<>();
        for (AgendaPart part : parts(agenda.open(), cut)) {
            appended.add(to.append(KEY, part));
        }
        Future.all(appended)
                .compose(durable -> {
                    Appended first = appended.get(0).result();
                    return run.log
                            .catalog()
                            .truncate(stream.toString(), StreamCut.of(stream, first.partition(), first.offset()));
                })
                .onComplete((done, cause) -> {
                    saving = false;
                    if (cause != null && !run.isEnding()) {
                        LOG.warn("The agenda of {} was not saved in {}", run, stream, cause);
                    }
                });
    }

    /** Nothing is saved any more. */
    void close() {
        EventWriter<AgendaPart> last = writer;
        writer = null;
        if (last != null) {
            last.end();
        }
    }

    private static List<AgendaPart> parts(List<OpenWork> open, StreamCut cut) {
        List<List<OpenWork>> slices = new ArrayList<>();
        List<OpenWork> slice = new ArrayList<>();
        long bytes = 0;
        slices.add(slice);
        for (OpenWork work : open) {
            if (bytes > 0 && bytes + work.weight() > PART_BYTES) {
                slice = new ArrayList<>();
                slices.add(slice);
                bytes = 0;
            }
            slice.add(work);
            bytes += work.weight();
        }
        String id = UUID.randomUUID().toString();
        List<AgendaPart> parts = new ArrayList<>();
        for (List<OpenWork> instances : slices) {
            parts.add(new AgendaPart(id, parts.size(), slices.size(), cut.offsets(), instances));
        }
        return parts;
    }
}
