package io.strandline.server;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.wire.ErrorCode;
import io.strandline.client.wire.FailureJson;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.security.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A way to a served log, for the access matrix: all that a door needs to be in it. */
interface MatrixDoor {

    /** True if the operation can be called here. */
    boolean has(Operation<?, ?> operation);

    /**
     * Calls an operation as whoever the credentials prove. Completes when it is answered, with nothing for a reply. Fails with what the server
     * answered.
     *
     * @param credentials the text of an Authorization header, or nothing
     */
    <Q> Future<Void> call(Optional<String> credentials, Operation<Q, ?> operation, Q request);

    /** Frames over TCP, on a connection for each call. */
    static MatrixDoor tcp(Vertx vertx, int port) {
        return new MatrixDoor() {
            @Override
            public boolean has(Operation<?, ?> operation) {
                return operation.doors().contains(Door.TCP);
            }

            @Override
            public <Q> Future<Void> call(Optional<String> credentials, Operation<Q, ?> operation, Q request) {
                return RawClient.connect(vertx, port).compose(client -> {
                    client.send(hello(credentials));
                    return first(vertx, client, 1)
                            .compose(greeted -> {
                                client.call(operation, 7, request);
                                return first(vertx, client, 2);
                            })
                            .<Void>mapEmpty()
                            .onComplete(answered -> client.socket().close());
                });
            }
        };
    }

    private static byte[] hello(Optional<String> credentials) {
        WireOutput out = new WireOutput();
        byte[] shown = credentials.orElse("").getBytes(StandardCharsets.UTF_8);
        new Hello(1, 1, RawClient.session(), 1, 1 << 24, "matrix", shown).write(out);
        return FrameWriter.bytesOf(FrameType.HELLO, 0, 0, out);
    }

    /** The frame of a number that the server sends. A FAILURE fails. */
    private static Future<Frame> first(Vertx vertx, RawClient client, int number) {
        Promise<Frame> came = Promise.promise();
        long timer = vertx.setPeriodic(1, look -> {
            if (client.frames.size() >= number) {
                Frame frame = client.frames.get(number - 1);
                if (frame.type() == FrameType.FAILURE) {
                    came.tryFail(Failures.read(new WireInput(frame), false).failure());
                } else {
                    came.tryComplete(frame);
                }
            } else if (client.isClosed()) {
                came.tryFail("closed without an answer");
            }
        });
        return came.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** JSON over the event bus. */
    static MatrixDoor bus(Vertx vertx, EventBusServer server) {
        return new MatrixDoor() {
            @Override
            public boolean has(Operation<?, ?> operation) {
                return operation.doors().contains(Door.EVENT_BUS);
            }

            @Override
            public <Q> Future<Void> call(Optional<String> credentials, Operation<Q, ?> operation, Q request) {
                DeliveryOptions shown = new DeliveryOptions();
                credentials.ifPresent(text -> shown.addHeader("Authorization", text));
                return vertx.eventBus()
                        .request(
                                server.address(operation.name()),
                                operation.request().toJson(request),
                                shown)
                        .<Void>mapEmpty()
                        .recover(failure -> Future.failedFuture(
                                failure instanceof ReplyException reply
                                                && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
                                        ? FailureJson.read(new JsonObject(reply.getMessage()))
                                        : failure));
            }
        };
    }

    /** The operations as all doors call them, those that a door does by itself too. */
    static MatrixDoor within(Dispatch dispatch) {
        return new MatrixDoor() {
            @Override
            public boolean has(Operation<?, ?> operation) {
                return true;
            }

            @Override
            public <Q> Future<Void> call(Optional<String> credentials, Operation<Q, ?> operation, Q request) {
                return dispatch.gate()
                        .admit(new Credentials(credentials, Optional.empty(), "10.0.0.7", Door.REST))
                        .compose(who -> dispatch.permit(who, operation, request)
                                .compose(permitted -> dispatch.call(who, operation, request)))
                        .<Void>mapEmpty()
                        .recover(failure -> failure instanceof StrandlineException known
                                ? Future.failedFuture(ErrorCode.of(known).failure(String.valueOf(known.getMessage())))
                                : Future.failedFuture(failure));
            }
        };
    }
}
