package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.strandline.log.CrashChild;
import io.strandline.processing.pipeline.Tally.Deposit;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Random;

/**
 * The process that {@link CorrectionCrashTest} kills: starts a pipeline, runs the next version beside it, switches, and so on, while
 * deposits come. It says {@code V n} when version n is the pipeline, {@code B n} when version n runs beside it, and {@code .} every
 * millisecond.
 */
final class CorrectionChild {

    private static final int DEPOSITS_AT_ONCE = 3;

    private final Vertx vertx = Vertx.vertx();
    private final Random random = new Random();
    private final String directory;
    private final int last;
    private final boolean isStaged;

    private CorrectionChild(String directory, int last, boolean isStaged) {
        this.directory = directory;
        this.last = last;
        this.isStaged = isStaged;
    }

    /** Arguments: directory of the log, a version that was the pipeline once, the last version, whether they have a shuffle. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        new CorrectionChild(arguments[0], Integer.parseInt(arguments[2]), Boolean.parseBoolean(arguments[3]))
                .run(Integer.parseInt(arguments[1]));
    }

    private void run(int known) {
        Strandline.open(vertx, "file:" + directory, CrashChild.options())
                .compose(log -> deposit(log)
                        .compose(depositing -> Tally.start(vertx, log, known, isStaged))
                        .compose(running ->
                                running.describe().compose(described -> correct(log, running, described.version()))))
                .onFailure(cause -> CrashChild.failed("run", cause));
    }

    private Future<?> deposit(Strandline log) {
        return log.createWriter(Tally.DEPOSITS, Deposit.CODEC, new WriterOptions())
                .onSuccess(writer -> vertx.setPeriodic(1, tick -> {
                    CrashChild.say(".");
                    for (int i = 0; i < DEPOSITS_AT_ONCE && !writer.writeQueueFull(); i++) {
                        String account = "account-" + random.nextInt(Tally.ACCOUNTS);
                        writer.append(account, new Deposit(account, random.nextInt(1_000)))
                                .onFailure(cause -> CrashChild.failed("deposit", cause));
                    }
                }));
    }

    /** Switches from version to version, up to the last one. */
    private Future<?> correct(Strandline log, RunningPipeline running, int version) {
        CrashChild.say("V " + version);
        if (version == last) {
            return Future.succeededFuture();
        }
        running.ended().onFailure(cause -> CrashChild.failed("version " + version, cause));
        return running.pinnedCheckpoints()
                .compose(pinned -> pinned.containsKey(Tally.NEXT)
                        ? Future.succeededFuture(pinned.get(Tally.NEXT))
                        : running.checkpoint(Tally.NEXT))
                .compose(
                        kept -> Tally.version(version + 1, isStaged).runBeside(vertx, log, Tally.options(), Tally.NEXT))
                .compose(beside -> {
                    CrashChild.say("B " + (version + 1));
                    return running.switchTo(beside).compose(done -> correct(log, beside, version + 1));
                });
    }
}
