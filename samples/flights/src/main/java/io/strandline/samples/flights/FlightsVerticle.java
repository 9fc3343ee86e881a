package io.strandline.samples.flights;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.strandline.EventRecord;
import io.strandline.NewEvent;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StrandlineOptions;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.rxjava3.RxRunningPipeline;
import io.strandline.rxjava3.RxStrandline;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Collection;
import java.util.Map;

/** Runs once: when it is deployed, the flights are in the log, the pipeline has processed them, and the table is printed. */
final class FlightsVerticle extends VerticleBase {

    /** Often, so that a crash anywhere finds a checkpoint shortly before it. The defaults are higher. */
    private static final int CHECKPOINT_EVENTS = 1_000;

    private static final int MAX_REPLAY_EVENTS = 2_000;

    private final Arguments arguments;
    private final DelayTable table;
    private final Progress progress = new Progress();

    FlightsVerticle(Arguments arguments, Cities cities) {
        this.arguments = arguments;
        this.table = new DelayTable(cities);
    }

    @Override
    public Future<?> start() {
        Completable all = RxStrandline.open(vertx, "file:" + arguments.data().resolve("log"), new StrandlineOptions())
                .flatMapCompletable(log -> createStreams(log).andThen(run(log)).andThen(log.close()));
        return Future.fromCompletionStage(all.toCompletionStage(true), context);
    }

    private Completable createStreams(RxStrandline log) {
        StreamOptions options = new StreamOptions().setPartitions(arguments.partitions());
        return log.catalog()
                .createScope("flights")
                .flatMap(created -> log.catalog().createStream(Airports.DEPARTURES, options))
                .flatMap(created -> log.catalog().createStream(Airports.DELAYS, options))
                .ignoreElement();
    }

    private Completable run(RxStrandline log) {
        PipelineOptions options = new PipelineOptions()
                .setCheckpointDirectory(arguments.data().resolve("checkpoints").toString())
                .setCheckpointEvents(CHECKPOINT_EVENTS)
                .setMaxReplayEvents(MAX_REPLAY_EVENTS);
        return RxRunningPipeline.deploy(Airports.pipeline(arguments.crash()), vertx, log, options)
                .flatMapCompletable(pipeline -> {
                    progress.begin(vertx, pipeline);
                    return importFlights(log)
                            .andThen(pipeline.awaitEnd())
                            .doOnSuccess(end -> progress.end(vertx, end, pipeline.statistics()))
                            .flatMap(end -> airports(log))
                            .doOnSuccess(airports -> table.lines(airports).forEach(System.out::println))
                            .ignoreElement()
                            .andThen(pipeline.close());
                });
    }

    /** Appends each flight under the number of its line: what an earlier run appended, the log drops. */
    private Completable importFlights(RxStrandline log) {
        Flowable<NewEvent<Flight>> flights = arguments
                .file()
                .lines()
                .map(line -> new NewEvent<>(line.flight().origin(), line.flight(), Sequence.of(line.number())))
                .subscribeOn(Schedulers.io());
        return log.createWriter(Airports.DEPARTURES, Flight.CODEC, new WriterOptions().setId("importer"))
                .flatMapCompletable(writer -> writer.appendAll(flights).andThen(writer.end()));
    }

    /** The newest state of each airport: of the events with one code the last. */
    private static Single<Collection<AirportDelays>> airports(RxStrandline log) {
        return log.read(Airports.DELAYS, AirportDelays.CODEC, new ReaderOptions())
                .map(EventRecord::event)
                .toMap(AirportDelays::code)
                .map(Map::values);
    }
}
