package io.strandline.processing.pipeline.impl.question;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.question.StateFormat.Question;
import io.strandline.spi.Logger;
import io.strandline.sync.bus.BusFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.Objects;

/**
 * Answers questions for the state of a running pipeline that come by the event bus, as the run itself answers them.
 *
 * <p>All of it runs on an event loop of its own.
 */
public final class StateEndpoint {

    /** Most questions that are answered at a time. */
    static final int MAX_QUESTIONS = 1_000;

    private static final Logger LOG = Logger.of(StateEndpoint.class);

    private final ContextInternal context;
    private final RunningPipeline running;
    private final StateFormat format;
    private final MessageConsumer<Object> questions;
    private int underWay;

    private StateEndpoint(ContextInternal context, Pipeline pipeline, RunningPipeline running, String address) {
        this.context = context;
        this.running = running;
        this.format = new StateFormat(pipeline);
        this.questions = context.owner().eventBus().consumer(StateFormat.addressOf(address, pipeline));
    }

    /** Answers until the run has ended. Completes when every member of the cluster sends its questions here. */
    public static Future<Void> open(Vertx vertx, Pipeline pipeline, RunningPipeline running, String address) {
        // Of its own: a consumer that a verticle registers ends with it.
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        PromiseInternal<Void> opened = context.promise();
        context.emit(begun ->
                new StateEndpoint(context, pipeline, running, address).begin().onComplete(opened));
        return opened.future();
    }

    private Future<Void> begin() {
        questions.handler(this::take);
        running.ended().onComplete(over -> questions.unregister());
        return questions.completion();
    }

    private void take(Message<Object> message) {
        try {
            Question asked = format.readQuestion(message.body());
            if (underWay == MAX_QUESTIONS) {
                throw new StrandlineException.Overloaded(
                        running + " answers " + underWay + " questions, at most " + MAX_QUESTIONS + " are at a time");
            }
            underWay++;
            answer(asked)
                    .onComplete((answer, cause) -> context.emit(done -> {
                        underWay--;
                        if (cause == null) {
                            message.reply(answer);
                        } else {
                            fail(message, cause);
                        }
                    }));
        } catch (StrandlineException refused) {
            fail(message, refused);
        }
    }

    private Future<Buffer> answer(Question asked) {
        String operator = asked.operator();
        return switch (asked.kind()) {
            case STATE -> running.state(operator, key(asked)).map(answer -> format.answer(operator, answer));
            case WINDOWS -> running.windows(operator, key(asked)).map(answer -> format.answer(operator, answer));
            case STATES ->
                running.states(operator, Objects.requireNonNull(asked.range()))
                        .map(answer -> format.answer(operator, answer));
        };
    }

    private static String key(Question asked) {
        return Objects.requireNonNull(asked.key());
    }

    private void fail(Message<Object> message, Throwable cause) {
        StrandlineException known;
        if (cause instanceof StrandlineException typed) {
            known = typed;
        } else {
            LOG.error("a question for the state of {} failed", running, cause);
            known = new StrandlineException.Unknown(running + " failed to answer: " + cause);
        }
        message.fail(BusFailure.codeOf(known), known.getMessage());
    }
}
