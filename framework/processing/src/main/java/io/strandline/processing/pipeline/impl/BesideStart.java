package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Seeded;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointHistory;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Seed;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What is done before the stages of a version begin beside another one. They begin one after the other, so a process may end between
 * them. Then the others must begin with the same checkpoint.
 *
 * <pre>
 *   may all stages begin? ──▶ recorded with which checkpoint ──▶ internal streams ──▶ last stage ──▶ ... ──▶ first stage
 * </pre>
 *
 * A version of one stage needs nothing of this. Belongs to one context.
 */
final class BesideStart {

    private final Pipeline version;
    private final Strandline log;
    private final PipelineOptions options;
    private final Function<String, PipelineSnapshots> snapshots;

    /** @param version the whole of it, under the name that it has beside the other one */
    BesideStart(Context context, Pipeline version, Strandline log, PipelineOptions options, CheckpointStore store) {
        this.version = version;
        this.log = log;
        this.options = options;
        this.snapshots = stage -> new PipelineSnapshots(context, store, stage);
    }

    /** What is refused leaves nothing: no stream, no directory, no subscriber. The first stage is the last one to begin. */
    Future<Void> prepare(Seed seed) {
        if (!seed.isStaged()) {
            return Future.succeededFuture();
        }
        return CheckpointStream.entries(log, version.name()).compose(entries -> {
            CheckpointHistory history = new CheckpointHistory(version, entries);
            if (history.isDeleted()) {
                throw new StrandlineException.Conflict(
                        "the deletion of " + version + " was begun and not finished; drop it again first");
            }
            return history.manifests().isEmpty() ? record(seed) : Future.succeededFuture();
        });
    }

    private Future<Void> record(Seed seed) {
        return requireStreams()
                .compose(there -> seed.require(version, log, snapshots))
                .compose(allowed -> seed.prepare(version, log, snapshots, options.getDroppedState()))
                .compose(seeded -> CheckpointStream.open(log, version.name(), options)
                        .compose(opened -> record(opened, seeded).eventually(opened::close)));
    }

    /** Fails with NotFound unless the sources and all sinks are there. */
    private Future<Void> requireStreams() {
        List<Future<?>> streams = new ArrayList<>();
        for (Pipeline stage : version.stages()) {
            if (!(stage.topology().source() instanceof Operator.Shuffle)) {
                streams.add(log.catalog().describe(stage.source().toString()));
            }
        }
        version.sinks().forEach(sink -> streams.add(log.catalog().describe(sink.toString())));
        return Future.all(streams).mapEmpty();
    }

    private Future<Void> record(CheckpointStream opened, Seeded seeded) {
        Seeded known = new CheckpointHistory(version, opened.found()).seeded();
        if (known == null && opened.found().isEmpty()) {
            return opened.append(seeded).mapEmpty();
        }
        return seeded.equals(known)
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Conflict(version + " has begun with "
                        + (known == null || known.checkpoint() == null
                                ? "no checkpoint"
                                : "checkpoint " + known.checkpoint())
                        + ", and not all of its stages have: name that one, or drop the version"));
    }
}
