package io.strandline.samples.sharedstate;

import io.strandline.Strandline;
import io.strandline.sync.Change;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.hazelcast.HazelcastOverLogStore;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Books a seat now and then, and says on standard output what it sees:
 *
 * <pre>
 *  at revision                                  it begins, or begins again, with this revision
 *  saw revision millis seat office askedMillis  a booking has reached it
 *  closed                                       it books no more
 *  end revision seats                           the seat map when all had closed
 * </pre>
 *
 * <p>It closes at the first line of standard input, tells the end at the second, and ends with the input.
 */
final class OfficeVerticle extends VerticleBase {

    private static final int PAUSE_MILLIS = 300;

    private final Office office;
    private final Random random = new Random();
    private boolean closing;

    OfficeVerticle(Office office) {
        this.office = office;
    }

    @Override
    public Future<?> start() {
        return openStore().compose(this::openSeats);
    }

    /** The log's owner uses it itself and serves it to the others, which reach it over the event bus. */
    private Future<? extends RevisionStore> openStore() {
        if (!office.ownsLog()) {
            return HazelcastOverLogStore.open(vertx, new BusOptions());
        }
        return Strandline.open(vertx, "file:" + office.log())
                .map(log -> LogRevisionStore.open(vertx, log))
                .compose(store -> HazelcastOverLogStore.serve(vertx, store, new BusOptions())
                        .map(store));
    }

    // README: begin
    /** Opens the seat map, tells every change, and books a seat if it is free. */
    static Future<Revisioned<SeatMap>> openAndBook(Vertx vertx, RevisionStore store, Booked booked) {
        return StateSync.create(vertx, store).open("flights/SL7", SeatMap.MODEL).compose(seats -> {
            seats.changes().handler(change -> System.out.println("now at revision " + change.revision()));
            return seats.update(map -> map.isFree(booked.seat()) ? List.of(booked) : List.of());
        });
    }
    // README: end

    private Future<?> openSeats(RevisionStore store) {
        return StateSync.create(vertx, store)
                .open("flights/SL7", SeatMap.MODEL)
                .onSuccess(seats -> {
                    seats.changes().handler(this::show);
                    listen(seats);
                    bookLater(seats);
                })
                .recover(ownerIsAway -> {
                    System.err.println(office.name() + " waits: " + ownerIsAway.getMessage());
                    return vertx.timer(PAUSE_MILLIS)
                            .compose(again -> openSeats(store).mapEmpty());
                });
    }

    private void show(Change<SeatMap, Booked> change) {
        if (change.isWhole()) {
            System.out.println("at " + change.revision());
        }
        for (Booked booked : change.updates()) {
            System.out.println(String.join(
                    " ",
                    "saw",
                    Long.toString(change.revision()),
                    Long.toString(System.currentTimeMillis()),
                    booked.seat(),
                    booked.office(),
                    Long.toString(booked.askedMillis())));
        }
    }

    private void bookLater(StateSynchronizer<SeatMap, Booked> seats) {
        vertx.timer(PAUSE_MILLIS / 2 + random.nextInt(PAUSE_MILLIS))
                .compose(tick -> book(seats))
                .onFailure(failure -> System.err.println(office.name() + ": " + failure.getMessage()))
                .onComplete(done -> {
                    if (closing) {
                        System.out.println("closed");
                    } else {
                        bookLater(seats);
                    }
                });
    }

    /** Books a seat if it is free. The others may be faster. */
    private Future<?> book(StateSynchronizer<SeatMap, Booked> seats) {
        String seat = (1 + random.nextInt(SeatMap.ROWS))
                + ""
                + SeatMap.LETTERS.charAt(random.nextInt(SeatMap.LETTERS.length()));
        Booked booked = new Booked(seat, office.name(), System.currentTimeMillis());
        return seats.update(map -> map.isFree(seat) ? List.of(booked) : List.of());
    }

    private void listen(StateSynchronizer<SeatMap, Booked> seats) {
        Thread input = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                if (lines.readLine() != null) {
                    context.runOnContext(close -> closing = true);
                }
                if (lines.readLine() != null) {
                    tellEnd(seats);
                }
                lines.readLine();
            } catch (IOException broken) {
                // A broken pipe says the same as its end.
            }
            Runtime.getRuntime().halt(0);
        });
        input.setDaemon(true);
        input.start();
    }

    private void tellEnd(StateSynchronizer<SeatMap, Booked> seats) {
        seats.fetch()
                .onSuccess(end -> System.out.println(
                        "end " + end.revision() + " " + end.state().text()))
                .onFailure(failure -> System.out.println("end - " + failure.getMessage()));
    }
}
