package io.strandline.processing.process.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.Reaction;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Decisions of instances, each of which is stored and read on its way. */
class ReactingTest {

    record Event(String does) {}

    record Work(String text) {}

    record Ring(String text) {}

    private static final CommandTarget<Work> WORKERS = CommandTarget.of("workers", JsonCodec.of("work", 1, Work.class));
    private static final CommandTarget<Work> OTHERS = CommandTarget.of("workers", JsonCodec.of("work", 2, Work.class));

    private static final Process<String> PROCESS = Process.named("job")
            .initial("")
            .state(1, String.class)
            .from(
                    "a/b",
                    JsonCodec.of("event", 1, Event.class),
                    source -> source.on(Event.class, event -> "k", (state, event) -> react(state, event.does())))
            .timer("ring", 1, Ring.class, (state, ring) -> react(state, ring.text()))
            .to(WORKERS)
            .onRejected(WORKERS, (state, rejected) -> react(state, (String) rejected.reason()))
            .build();

    private static Reaction<String> react(String state, String does) {
        Reaction<String> to = Reaction.to(state + does);
        return switch (does) {
            case "none" -> Reaction.none();
            case "same" -> Reaction.to(state);
            case "same-work" -> Reaction.to(state).execute(WORKERS, "w", new Work("a"));
            case "same-ring" -> Reaction.to(state).after(Duration.ofMillis(50), new Ring("r"));
            case "past" -> to.at(Instant.MIN, new Ring("r"));
            case "work" -> to.execute(WORKERS, "w", new Work("a")).execute(WORKERS, "v", new Work("b"));
            case "many" -> many(to);
            case "ring" -> to.after(Duration.ofMillis(50), new Ring("r"));
            case "ring-work" -> to.after(Duration.ofMillis(50), new Ring("work"));
            case "ring-cancel" -> to.after(Duration.ofMillis(50), new Ring("r")).cancel("ring");
            case "cancel-ring" -> to.cancel("ring").at(Instant.MAX, new Ring("r"));
            case "rings" -> rings(to, state.length());
            case "other" -> to.execute(OTHERS, "w", new Work("a"));
            case "unknown" -> to.after(Duration.ZERO, "not declared");
            default -> to;
        };
    }

    private static Reaction<String> many(Reaction<String> to) {
        Reaction<String> many = to;
        for (int i = 0; i < Reaction.MAX_COMMANDS; i++) {
            many = many.execute(WORKERS, "w", new Work("a"));
        }
        return many;
    }

    private static Reaction<String> rings(Reaction<String> to, int from) {
        Reaction<String> rings = to;
        for (int i = 0; i < Reaction.MAX_TIMER_CHANGES; i++) {
            rings = rings.after(from + "-" + i, Duration.ofMillis(50), new Ring("r"));
        }
        return rings;
    }

    private final Reacting<String> reacting = new Reacting<>(PROCESS);
    private final Aggregate<Input, Step, Instance> aggregate = reacting.asAggregate();
    private Instance instance = Instance.NEW;
    private long offset;

    private Decision<Step> take(Input input) {
        Decision<Step> decision = aggregate.decide(instance, input);
        if (decision instanceof Decision.Emitted<Step> emitted) {
            for (Step step : emitted.events()) {
                instance = stored(InstanceCodec.INSTANCE, aggregate.evolve(instance, stored(StepCodec.INSTANCE, step)));
            }
        }
        return decision;
    }

    private Decision<Step> take(String does) {
        return take(event(offset++, does));
    }

    private static Input event(long offset, String does) {
        Origin.Event origin = new Origin.Event(new Place("a/b", 3), offset);
        return new Input.Delivered(origin, PROCESS.sources().get(0), new Event(does), false, 1_000, Headers.NONE);
    }

    private Object refusal(String does) {
        return take(does) instanceof Decision.Rejected<Step> rejected ? rejected.reason() : "not refused";
    }

    private static <T> T stored(EventCodec<T> codec, T value) {
        byte[] bytes = bytes(codec, value);
        try {
            return codec.decode(codec.typeOf(value), bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> byte[] bytes(EventCodec<T> codec, T value) {
        try {
            return BytesOutput.of(codec, value);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static final Decision<Step> NOTHING = Decision.nothing();

    @Test
    void an_event_that_comes_again_is_reacted_to_once() {
        take(event(5, "a"));
        assertThat(take(event(5, "a"))).isEqualTo(NOTHING);
        assertThat(take(event(4, "b"))).isEqualTo(NOTHING);
        take(event(6, "c"));
        assertThat(reacting.stateOf(instance)).isEqualTo("ac");
    }

    @Test
    void what_changes_nothing_is_not_stored() {
        assertThat(take("none")).isEqualTo(NOTHING);
        assertThat(take("same")).isEqualTo(NOTHING);
        assertThat(instance.positions()).isEmpty();
    }

    @Test
    void a_command_and_a_timer_are_stored_though_the_state_stays() {
        take("same-work");
        assertThat(instance.open()).containsOnlyKeys(1L);
        take("same-ring");
        assertThat(instance.timers()).containsOnlyKeys("ring");
        assertThat(instance.positions()).containsEntry(new Place("a/b", 3), 1L);
        assertThat(instance.state()).isNull();
    }

    /** What it has read is forgotten by no step of another kind. */
    @Test
    void an_event_that_comes_again_after_a_timer_or_an_answer_is_reacted_to_once() {
        take("work");
        take("ring");
        StoredTimer timer = Objects.requireNonNull(instance.timers().get("ring"));
        take(new Input.Answered(new Origin.Answer(1, false), "-no", 1_000, Headers.NONE));
        assertThat(take(event(1, "ring"))).isEqualTo(NOTHING);
        take(new Input.Fired(new Origin.Timer("ring", timer.number()), 2_000));
        assertThat(take(event(1, "ring"))).isEqualTo(NOTHING);
        take(new Input.PassedOver(new Origin.Answer(2, false)));
        assertThat(take(event(1, "ring"))).isEqualTo(NOTHING);
        assertThat(reacting.stateOf(instance)).isEqualTo("workring-nor");
    }

    @Test
    void a_timer_is_passed_over_while_it_is_set() {
        take("ring");
        StoredTimer timer = Objects.requireNonNull(instance.timers().get("ring"));
        Input later = new Input.PassedOver(new Origin.Timer("ring", timer.number() + 1));
        assertThat(take(later)).isEqualTo(NOTHING);
        Input passed = new Input.PassedOver(new Origin.Timer("ring", timer.number()));
        assertThat(take(passed)).isNotEqualTo(NOTHING);
        assertThat(instance.timers()).isEmpty();
        assertThat(take(passed)).isEqualTo(NOTHING);
        assertThat(reacting.stateOf(instance)).isEqualTo("ring");
    }

    @Test
    void timers_are_numbered_and_none_is_due_before_1970() {
        take("work");
        take("rings");
        assertThat(instance.timers().values())
                .extracting(StoredTimer::number)
                .doesNotHaveDuplicates()
                .allMatch(number -> number > 2);
        take("past");
        assertThat(Objects.requireNonNull(instance.timers().get("ring")).dueMillis())
                .isZero();
    }

    @Test
    void commands_are_numbered_and_answered_once() {
        take("work");
        assertThat(instance.open().keySet()).containsExactly(1L, 2L);
        assertThat(reacting.read(WORKERS, Objects.requireNonNull(instance.open().get(2L))))
                .isEqualTo(new Work("b"));
        take(new Input.Answered(new Origin.Answer(1, true), null, 1_000, Headers.NONE));
        Input no = new Input.Answered(new Origin.Answer(2, false), "-no", 1_000, Headers.NONE);
        take(no);
        assertThat(take(no)).isEqualTo(NOTHING);
        assertThat(reacting.stateOf(instance)).isEqualTo("work-no");
        assertThat(instance.open()).isEmpty();
        take("work");
        assertThat(instance.open().keySet()).containsExactly(3L, 4L);
        take(new Input.PassedOver(new Origin.Answer(3, false)));
        assertThat(take(new Input.PassedOver(new Origin.Answer(3, false)))).isEqualTo(NOTHING);
        assertThat(instance.open().keySet()).containsExactly(4L);
    }

    @Test
    void a_timer_fires_once_and_only_while_it_is_set() {
        take("ring");
        StoredTimer first = Objects.requireNonNull(instance.timers().get("ring"));
        assertThat(first.dueMillis()).isEqualTo(1_050);
        take("cancel-ring");
        StoredTimer next = Objects.requireNonNull(instance.timers().get("ring"));
        assertThat(next.dueMillis()).isEqualTo(Long.MAX_VALUE);
        assertThat(take(new Input.Fired(new Origin.Timer("ring", first.number()), 2_000)))
                .isEqualTo(NOTHING);
        Input fired = new Input.Fired(new Origin.Timer("ring", next.number()), 2_000);
        take(fired);
        assertThat(take(fired)).isEqualTo(NOTHING);
        assertThat(reacting.stateOf(instance)).isEqualTo("ringcancel-ringr");
        take("ring");
        take("ring-cancel");
        assertThat(instance.timers()).isEmpty();
    }

    @Test
    void commands_and_timers_of_an_instance_are_bounded() {
        for (int i = 0; i < 10; i++) {
            take("many");
        }
        assertThat(instance.open()).hasSize(Process.MAX_OPEN_COMMANDS);
        assertThat(refusal("work"))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .asString()
                .contains("1002", "the limit is 1000");
        take(new Input.Answered(new Origin.Answer(1, true), null, 1_000, Headers.NONE));
        for (int i = 0; i < 10; i++) {
            take("rings");
        }
        assertThat(instance.timers()).hasSize(Process.MAX_TIMERS);
        assertThat(refusal("ring"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .asString()
                .contains("1001", "the limit is 1000");
    }

    /** They hold slots, and the commands that are open may need these. */
    @Test
    void timers_and_answers_do_not_wait_until_commands_are_answered() {
        take("ring-work");
        for (int i = 0; i < 10; i++) {
            take("many");
        }
        StoredTimer timer = Objects.requireNonNull(instance.timers().get("ring"));
        take(new Input.Fired(new Origin.Timer("ring", timer.number()), 2_000));
        assertThat(instance.open()).hasSize(Process.MAX_OPEN_COMMANDS + 2);
        assertThat(instance.timers()).isEmpty();
        take(new Input.Answered(new Origin.Answer(instance.open().firstKey(), false), "work", 2_000, Headers.NONE));
        assertThat(instance.open()).hasSize(Process.MAX_OPEN_COMMANDS + 3);
        assertThat(refusal("work")).isInstanceOf(StrandlineException.Overloaded.class);
        assertThat(take("a")).as("what adds no command").isNotEqualTo(NOTHING);
        assertThat(reacting.stateOf(instance)).endsWith("a");
    }

    @Test
    void an_instance_remembers_a_bounded_number_of_partitions() {
        Map<Place, Long> positions = new HashMap<>();
        for (int i = 0; i < Instance.MAX_POSITIONS; i++) {
            positions.put(new Place("a/c", i), 0L);
        }
        instance = new Instance(null, 1, positions, new TreeMap<>(), new TreeMap<>());
        assertThat(refusal("a"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .asString()
                .contains("the limit is 10000");
    }

    @Test
    void what_cannot_be_stored_is_refused() {
        assertThat(refusal("other")).asString().contains("target workers of workers w Work[text=a]");
        assertThat(refusal("unknown")).asString().contains("timer not declared could not be stored");
    }

    @Test
    void bytes_that_are_cut_off_are_invalid() {
        take("work");
        take("ring");
        byte[] bytes = bytes(InstanceCodec.INSTANCE, instance);
        EventType type = InstanceCodec.INSTANCE.typeOf(instance);
        for (int length = 0; length < bytes.length; length++) {
            int cut = length;
            assertThatThrownBy(() -> InstanceCodec.INSTANCE.decode(type, bytes, 0, cut))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> InstanceCodec.INSTANCE.decode(type, longer, 0, longer.length))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1 bytes after its end");
        bytes[0] = 9;
        assertThatThrownBy(() -> InstanceCodec.INSTANCE.decode(type, bytes, 0, bytes.length))
                .hasMessageContaining("format 9, known is 1");
    }
}
