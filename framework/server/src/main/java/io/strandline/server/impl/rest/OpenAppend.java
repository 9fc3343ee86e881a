package io.strandline.server.impl.rest;

import io.strandline.Appended;
import io.strandline.NewEvent;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Payload;
import io.strandline.server.impl.http.HeldBytes;
import io.strandline.server.impl.http.LineSplitter;
import io.strandline.server.impl.http.OpenResponse;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.strandline.server.impl.http.RequestBody;
import io.strandline.spi.Backoff;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request of lines that stays open. What has come while a batch was on its way to the disk is the next batch. Each batch is
 * answered with one line, in the order of the events. Belongs to the connection's context.
 *
 * <p>The request is not read while as much waits as one batch may have, or while answers are not read. A batch that the log refuses
 * with Overloaded is tried again. Any other failure is the last line, as {@code {"problem": …}}: events that were not answered before
 * may not have been appended, as its {@code happened} says.
 */
final class OpenAppend implements RequestBody.Pieces, OpenResponse.Source {

    /** Bytes of lines that wait while a batch is on its way. */
    private static final int BATCH_BYTES = 256 << 10;

    private static final int FIRST_PAUSE_MILLIS = 20;
    private static final int LONGEST_PAUSE_MILLIS = 1_000;
    private static final Buffer END_OF_LINE = Buffer.buffer("\n");

    private final RoutedExchange exchange;
    private final HeldBytes held;
    private final Function<List<NewEvent<Payload>>, Future<List<Appended>>> append;
    private final Runnable onEnd;
    private final Context context = Vertx.currentContext();
    private final EventLines lines = new EventLines();
    private final LineSplitter splitter;
    private final long lineNanos;
    private final OpenResponse response;
    private long waitingBytes;
    private long batchBytes;
    private long lineSinceNanos;
    private boolean isUnderWay;
    private boolean hasEnded;
    private boolean isPaused;
    private boolean isOver;
    private @Nullable Problem last;

    /**
     * Answers a request from now on.
     *
     * @param onEnd called once, when it is over
     */
    OpenAppend(
            RoutedExchange exchange, Function<List<NewEvent<Payload>>, Future<List<Appended>>> append, Runnable onEnd) {
        this.exchange = exchange;
        this.held = exchange.body().held();
        this.append = append;
        this.onEnd = onEnd;
        this.splitter = new LineSplitter(exchange.options().getMaxBodyBytes());
        this.lineNanos = TimeUnit.MILLISECONDS.toNanos(exchange.options().getRequestMillis());
        this.response = exchange.open(EventLines.LINES, END_OF_LINE, this);
    }

    void begin() {
        response.write(END_OF_LINE.copy()); // the head of the response leaves
        exchange.body().inPieces(this);
    }

    // ---- lines that come

    @Override
    public void piece(Buffer piece) {
        if (isOver || last != null) {
            return;
        }
        boolean wasBegun = splitter.begun() > 0;
        try {
            held.take(piece.length());
            waitingBytes += piece.length();
            splitter.take(piece, lines);
        } catch (Refusal refusal) {
            finish(refusal.problem());
            return;
        }
        if (splitter.begun() == 0 || !wasBegun || !lines.isEmpty()) {
            lineSinceNanos = System.nanoTime();
        }
        send();
        hold();
    }

    @Override
    public void end() {
        hasEnded = true;
        if (isOver || last != null) {
            return;
        }
        try {
            splitter.end(lines);
        } catch (Refusal refusal) {
            finish(refusal.problem());
            return;
        }
        send();
    }

    /** Reads no more of the request while enough waits. */
    private void hold() {
        boolean isFull = waitingBytes >= BATCH_BYTES || response.isFull();
        if (isFull != isPaused && !hasEnded) {
            isPaused = isFull;
            if (isFull) {
                exchange.body().pause();
            } else {
                lineSinceNanos = System.nanoTime();
                exchange.body().resume();
            }
        }
    }

    // ---- batches

    private void send() {
        if (isUnderWay || isOver) {
            return;
        }
        if (lines.isEmpty() || last != null) {
            endIfDone();
            return;
        }
        isUnderWay = true;
        batchBytes = waitingBytes - splitter.begun();
        waitingBytes = splitter.begun();
        attempt(lines.take(), Backoff.exact(FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS), System.nanoTime());
    }

    private void attempt(List<NewEvent<Payload>> batch, Backoff pauses, long sinceNanos) {
        append.apply(batch).onComplete((appended, failure) -> {
            if (appended != null) {
                answered(Places.of(appended));
            } else if (failure instanceof StrandlineException.Overloaded
                    && !isOver
                    && System.nanoTime() - sinceNanos < lineNanos) {
                context.owner().setTimer(pauses.next(), late -> attempt(batch, pauses, sinceNanos));
            } else {
                isUnderWay = false;
                held.release(batchBytes);
                finish(Problem.of(failure, "an append"));
            }
        });
    }

    private void answered(JsonObject places) {
        isUnderWay = false;
        held.release(batchBytes);
        if (isOver) {
            return;
        }
        response.write(line(places));
        send();
        hold();
    }

    private static Buffer line(JsonObject json) {
        return json.toBuffer().appendString("\n");
    }

    // ---- the end

    private void endIfDone() {
        if (!isUnderWay && (last != null || hasEnded)) {
            Problem problem = last;
            if (problem != null) {
                response.write(line(new JsonObject().put("problem", problem.toJson())));
            }
            response.end();
        }
    }

    /** Takes no more lines, and ends with a problem when the batch on its way is answered. */
    private void finish(Problem problem) {
        Problem known = last;
        if (known == null) {
            last = problem;
        } else if (problem.isInDoubt()) {
            last = known.inDoubt();
        }
        endIfDone();
    }

    @Override
    public void drained() {
        hold();
    }

    @Override
    public void leave() {
        finish(Problem.of(new StrandlineException.Unavailable("the server stops"), "an append"));
    }

    @Override
    public void tick(long nanos) {
        if (splitter.begun() > 0 && !isPaused && nanos - lineSinceNanos >= lineNanos) {
            finish(Problem.late("a line must come whole", exchange.options().getRequestMillis()));
        }
    }

    @Override
    public void gone() {
        over();
    }

    @Override
    public void over() {
        if (!isOver) {
            isOver = true;
            held.release();
            onEnd.run();
        }
    }
}
