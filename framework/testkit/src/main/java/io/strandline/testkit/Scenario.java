package io.strandline.testkit;

import io.strandline.EventCodec;
import io.strandline.PayloadOutput;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Tests an {@link Aggregate} as it is registered, without a log and without Vert.x:
 *
 * <pre>{@code
 * Scenario.given(account, new Deposited(100))
 *         .when(new Withdraw(30))
 *         .thenEmits(new Withdrawn(30))
 *         .thenState(70L);
 * }</pre>
 *
 * <p>Every event, given or emitted, is stored and read back by the aggregate's codec on the way: one that comes back different fails the
 * scenario. What does not hold throws {@link AssertionError}, which shows expected and actual event by event. A further {@link
 * Result#when} goes on from the state that the command led to.
 *
 * @param <C> command
 * @param <E> event
 * @param <S> state
 */
public final class Scenario<C, E, S> {

    private final Aggregate<C, E, S> aggregate;
    private S state;
    private long version;

    private Scenario(Aggregate<C, E, S> aggregate) {
        this.aggregate = aggregate;
        this.state = aggregate.initial();
    }

    /** An aggregate with these events. */
    @SafeVarargs
    public static <C, E, S> Scenario<C, E, S> given(Aggregate<C, E, S> aggregate, E... events) {
        Scenario<C, E, S> scenario = new Scenario<>(aggregate);
        for (E event : events) {
            scenario.take(event);
        }
        return scenario;
    }

    /** Decides a command. */
    public Result when(C command) {
        Decision<E> decision = aggregate.decide(state, command);
        String situation = aggregate + " of version " + version + " with state " + state + " decided " + command;
        if (decision instanceof Decision.Emitted<E> emitted) {
            emitted.events().forEach(this::take);
        }
        return new Result(situation, decision);
    }

    private void take(E event) {
        E stored = storedAndRead(event);
        if (!Objects.equals(event, stored)) {
            throw new AssertionError(aggregate + " stores " + event + ", and reads it as " + stored);
        }
        state = aggregate.evolve(state, stored);
        version++;
    }

    private E storedAndRead(E event) {
        EventCodec<E> codec = aggregate.eventCodec();
        Bytes bytes = new Bytes();
        try {
            codec.encode(event, bytes);
            byte[] encoded = bytes.out.toByteArray();
            return codec.decode(codec.typeOf(event), encoded, 0, encoded.length);
        } catch (IOException e) {
            throw new AssertionError(aggregate + " cannot store " + event, e);
        }
    }

    /** What a command led to. */
    public final class Result {

        private final String situation;
        private final Decision<E> decision;

        private Result(String situation, Decision<E> decision) {
            this.situation = situation;
            this.decision = decision;
        }

        /**
         * The command was accepted with exactly these events, in this order. None if it is to change nothing.
         *
         * @throws AssertionError if it was not
         */
        @SafeVarargs
        public final Result thenEmits(E... events) {
            List<E> expected = new ArrayList<>();
            for (E event : events) {
                expected.add(event);
            }
            if (decision instanceof Decision.Rejected<E> rejected) {
                throw new AssertionError(
                        situation + ": rejected because of " + rejected.reason() + ", expected " + expected);
            }
            List<E> actual = decision instanceof Decision.Emitted<E> emitted ? emitted.events() : List.of();
            if (!actual.equals(expected)) {
                throw new AssertionError(situation + ":\n" + difference(expected, actual));
            }
            return this;
        }

        /**
         * The command was rejected for this reason.
         *
         * @throws AssertionError if it was not
         */
        public Result thenRejects(Object reason) {
            if (decision instanceof Decision.Rejected<E> rejected) {
                if (!rejected.reason().equals(reason)) {
                    throw new AssertionError(
                            situation + ": expected the reason " + reason + ", but was " + rejected.reason());
                }
            } else if (decision instanceof Decision.Emitted<E> emitted) {
                throw new AssertionError(situation + ": expected a rejection because of " + reason + ", but emitted "
                        + emitted.events());
            }
            return this;
        }

        /**
         * The aggregate has this state now.
         *
         * @throws AssertionError if it has not
         */
        public Result thenState(S expected) {
            if (!Objects.equals(expected, state)) {
                throw new AssertionError(
                        situation + ": expected state " + expected + ", but was " + state + " in version " + version);
            }
            return this;
        }

        /** Decides the next command. */
        public Result when(C command) {
            return Scenario.this.when(command);
        }
    }

    /** One line for each event that is as expected, and two for each that is not. */
    private static String difference(List<?> expected, List<?> actual) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String wanted = i < expected.size() ? expected.get(i).toString() : "nothing";
            String was = i < actual.size() ? actual.get(i).toString() : "nothing";
            boolean same =
                    i < expected.size() && i < actual.size() && expected.get(i).equals(actual.get(i));
            lines.add((i + 1) + (same ? " as expected " : " expected    ") + wanted);
            if (!same) {
                lines.add((i + 1) + " but was     " + was);
            }
        }
        return String.join("\n", lines);
    }

    private static final class Bytes extends PayloadOutput {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        @Override
        public void write(int oneByte) {
            out.write(oneByte);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            out.write(bytes, from, length);
        }

        @Override
        public void write(Buffer buffer) {
            out.writeBytes(buffer.getBytes());
        }
    }
}
