package io.strandline.client.operation;

import io.strandline.StreamName;
import io.strandline.client.wire.ErrorCode;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.Tags;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import java.util.List;
import java.util.Set;

/**
 * One operation of a log: a row of the table {@link Operations}.
 *
 * @param number its number on the wire, never given to another one
 * @param name its name in documents, JSON and addresses
 * @param target what it is about
 * @param right what its caller must be permitted to do there
 * @param repeat what a client does if the answer is lost
 * @param isOpenEnded true if it may take as long as somebody else needs, such as readers or a copy, so that no deadline fits
 * @param request shape of the request
 * @param reply shape of the reply
 * @param doors where it can be called
 * @param failures the failures that say something of this operation. Invalid, Unauthorized, Overloaded, Unavailable and Unknown
 *     are possible everywhere
 */
public record Operation<Q, R>(
        int number,
        String name,
        Target target,
        Right right,
        Repeat repeat,
        boolean isOpenEnded,
        Shape<Q> request,
        Shape<R> reply,
        Set<Door> doors,
        List<ErrorCode> failures) {

    public Operation {
        doors = Set.copyOf(doors);
        failures = List.copyOf(failures);
    }

    /** True if it may change something, so that a lost answer leaves a doubt. */
    public boolean mayChange() {
        return repeat != Repeat.READING;
    }

    /**
     * What the caller of a request needs the right on: one or more.
     *
     * @throws io.strandline.StrandlineException.Invalid if the request is malformed, so that it is unknown
     */
    public List<Resource> resources(Q value) {
        if (value instanceof About about) {
            return about.resources();
        } else if (value instanceof StreamName stream) {
            return List.of(Resource.stream(stream));
        } else if (value instanceof String name && target == Target.SCOPE) {
            return List.of(Resource.scope(name));
        } else if (value instanceof String id && target == Target.TRANSACTION) {
            return List.of(Resource.transaction(id));
        } else if (target == Target.LOG) {
            return List.of(Resource.THE_LOG);
        }
        throw new IllegalStateException("a request of " + name + " does not say what it is about");
    }

    public WireOutput requestOf(Q value) {
        return written(request, value);
    }

    public WireOutput replyOf(R value) {
        return written(reply, value);
    }

    /**
     * Reads a request.
     *
     * @throws io.strandline.StrandlineException.Invalid if the frame holds none
     */
    public Q readRequest(Frame frame) {
        return read(request, frame);
    }

    /**
     * Reads a reply.
     *
     * @throws io.strandline.StrandlineException.Invalid if the frame holds none
     */
    public R readReply(Frame frame) {
        return read(reply, frame);
    }

    private static <T> WireOutput written(Shape<T> shape, T value) {
        WireOutput out = new WireOutput();
        shape.write(out, value);
        Tags.writeNone(out);
        return out;
    }

    private static <T> T read(Shape<T> shape, Frame frame) {
        WireInput in = new WireInput(frame);
        T value = shape.read(in);
        Tags.readEnd(in);
        return value;
    }

    @Override
    public String toString() {
        return name;
    }
}
