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
import io.strandline.samples.flights.FlightFile.Line;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs once: when it is deployed, the flights are in the log, the pipeline has processed them, and the table is printed. Then
 * it processes all of them many times more.
 */
final class FlightsVerticle extends VerticleBase {

    /** Often, so that a crash anywhere finds a checkpoint shortly before it. The defaults are higher. */
    private static final int CHECKPOINT_EVENTS = 1_000;

    private static final int MAX_REPLAY_EVENTS = 2_000;

    private static final List<String> STREAMS =
            List.of(Airports.DEPARTURES, Airports.DELAYS, Days.PLACES, Days.DAYS, Days.TOO_LATE);

    private final Arguments arguments;
    private final Cities cities;
    private final DelayTable table;

    FlightsVerticle(Arguments arguments, Cities cities) {
        this.arguments = arguments;
        this.cities = cities;
        this.table = new DelayTable(cities);
    }

    @Override
    public Future<?> start() {
        Completable all = withLog(arguments.data(), this::once).andThen(Completable.defer(this::replays));
        return Future.fromCompletionStage(all.toCompletionStage(true), context);
    }

    private Completable withLog(Path data, Function<RxStrandline, Completable> use) {
        return RxStrandline.open(vertx, "file:" + data.resolve("log"), new StrandlineOptions())
                .flatMapCompletable(
                        log -> createStreams(log).andThen(use.apply(log)).andThen(log.close()));
    }

    private Completable createStreams(RxStrandline log) {
        StreamOptions options = new StreamOptions().setPartitions(arguments.partitions());
        return log.catalog()
                .createScope("flights")
                .ignoreElement()
                .andThen(Flowable.fromIterable(STREAMS))
                .concatMapCompletable(
                        stream -> log.catalog().createStream(stream, options).ignoreElement());
    }

    /** Both pipelines read the flights as they are imported, and what they found is printed. The places are a table, loaded first. */
    private Completable once(RxStrandline log) {
        PipelineOptions options = new PipelineOptions()
                .setCheckpointDirectory(checkpoints(arguments.data()))
                .setCheckpointEvents(CHECKPOINT_EVENTS)
                .setMaxReplayEvents(MAX_REPLAY_EVENTS);
        PipelineOptions ofDays = Days.options().setCheckpointDirectory(checkpoints(arguments.data()));
        return withDays(log, ofDays, process(log, options, arguments.crash(), importFlights(log)))
                .andThen(Completable.defer(() -> print(log)));
    }

    /** Has the days counted of what comes meanwhile. */
    private Completable withDays(RxStrandline log, PipelineOptions options, Completable others) {
        return importPlaces(log)
                .andThen(RxRunningPipeline.deploy(Days.pipeline(), vertx, log, options))
                .flatMapCompletable(
                        days -> others.andThen(days.awaitEnd()).ignoreElement().andThen(days.close()));
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

    private Completable importPlaces(RxStrandline log) {
        Flowable<NewEvent<Place>> places = Flowable.fromIterable(cities.byCode().values())
                .zipWith(
                        Flowable.rangeLong(1, Long.MAX_VALUE),
                        (place, number) -> new NewEvent<>(place.code(), place, Sequence.of(number)));
        return log.createWriter(Days.PLACES, Place.CODEC, new WriterOptions().setId("places"))
                .flatMapCompletable(writer -> writer.appendAll(places).andThen(writer.end()));
    }

    private Completable print(RxStrandline log) {
        Single<List<StateDay>> days = log.read(Days.DAYS, StateDay.CODEC, new ReaderOptions())
                .map(EventRecord::event)
                .toList();
        Single<Long> tooLate =
                log.read(Days.TOO_LATE, Departure.CODEC, new ReaderOptions()).count();
        return Single.zip(airports(log), days, tooLate, this::lines)
                .doOnSuccess(lines -> lines.forEach(System.out::println))
                .ignoreElement();
    }

    private List<String> lines(Collection<AirportDelays> airports, List<StateDay> days, long tooLate) {
        List<String> lines = new ArrayList<>(table.lines(airports));
        lines.addAll(DayChart.lines(days));
        long flights = airports.stream()
                .mapToLong(airport -> airport.departures().flights())
                .sum();
        long counted = DayChart.flights(days);
        lines.add(String.format(
                Locale.ROOT,
                "%,d flights of days that are over, %,d that came too late, %,d of days that are open",
                counted,
                tooLate,
                flights - counted - tooLate));
        return lines;
    }

    /** All flights many times over, on later days, in a log that is deleted: how fast it is when the JVM is warm. */
    private Completable replays() {
        if (arguments.replays() == 0) {
            return Completable.complete();
        }
        Path data = arguments.data().resolve("replay");
        Completable deleted =
                Completable.fromAction(() -> Directories.delete(data)).subscribeOn(Schedulers.io());
        return deleted.andThen(
                        arguments.file().lines().map(Line::flight).toList().subscribeOn(Schedulers.io()))
                .flatMapCompletable(flights -> withLog(data, log -> replay(log, data, flights)))
                .andThen(deleted);
    }

    private Completable replay(RxStrandline log, Path data, List<Flight> flights) {
        Flowable<NewEvent<Flight>> all =
                new Seasons(flights).following(arguments.replays()).map(flight -> NewEvent.of(flight.origin(), flight));
        Completable imports = log.createWriter(Airports.DEPARTURES, Flight.CODEC)
                .flatMapCompletable(writer -> writer.appendAll(all).andThen(writer.end()));
        System.err.printf(Locale.ROOT, "all of it %,d times more, on later days, at full speed%n", arguments.replays());
        PipelineOptions options = new PipelineOptions().setCheckpointDirectory(checkpoints(data));
        PipelineOptions ofDays = Days.options().setCheckpointDirectory(checkpoints(data));
        return withDays(log, ofDays, process(log, options, Crash.never(), imports));
    }

    private static String checkpoints(Path data) {
        return data.resolve("checkpoints").toString();
    }

    private Completable process(RxStrandline log, PipelineOptions options, Crash crash, Completable imports) {
        Progress progress = new Progress();
        return RxRunningPipeline.deploy(Airports.pipeline(crash), vertx, log, options)
                .flatMapCompletable(pipeline -> {
                    progress.begin(vertx, pipeline);
                    return imports.andThen(pipeline.awaitEnd())
                            .doOnSuccess(end -> progress.end(vertx, end, pipeline.statistics()))
                            .ignoreElement()
                            .andThen(pipeline.close());
                });
    }

    /** The newest state of each airport: of the events with one code the last. */
    private static Single<Collection<AirportDelays>> airports(RxStrandline log) {
        return log.read(Airports.DELAYS, AirportDelays.CODEC, new ReaderOptions())
                .map(EventRecord::event)
                .toMap(AirportDelays::code)
                .map(Map::values);
    }
}
