package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Definitions of processes, and what their functions do. */
class ProcessTest {

    sealed interface Event permits Begun, Ended, Other {}

    record Begun(String id) implements Event {}

    record Ended(String id) implements Event {}

    record Other() implements Event {}

    record Work(String id) {}

    record Late() {}

    private static final JsonCodec<Event> EVENTS = JsonCodec.builder(Event.class)
            .type("begun", 1, Begun.class)
            .type("ended", 1, Ended.class)
            .type("other", 1, Other.class)
            .build();
    private static final CommandTarget<Work> WORKERS = CommandTarget.of("workers", JsonCodec.of("work", 1, Work.class));

    private static ProcessDefinition<String> empty() {
        return Process.named("job").initial("new");
    }

    private static ProcessDefinition<String> definition() {
        return empty().state(1, String.class)
                .from("jobs/events", EVENTS, jobs -> jobs.key(read -> read.key())
                        .on(Begun.class, Begun::id, (state, begun) -> Reaction.to("begun")
                                .execute(WORKERS, "w", new Work(begun.id()))
                                .after(Duration.ofSeconds(1), new Late()))
                        .on(Ended.class, (state, ended) -> {
                            throw new IllegalStateException("not " + state);
                        }))
                .timer("late", 1, Late.class, (state, late) -> null)
                .to(WORKERS)
                .onRejected(WORKERS, (state, rejected) -> Reaction.to("rejected: " + rejected.reason()));
    }

    private static EventRecord<Event> read(Event event) {
        return new EventRecord<>(7, 3, 0, "key", new EventType("begun", 1), event);
    }

    @SuppressWarnings("unchecked")
    private static ProcessSource<Event, String> source(Process<String> process) {
        return (ProcessSource<Event, String>) process.sources().get(0);
    }

    @Test
    void a_process_reacts_by_the_functions_of_its_classes() {
        Process<String> job = definition().build();
        ProcessSource<Event, String> source = source(job);
        assertThat(source.keyOf(read(new Begun("a")))).isEqualTo("a");
        assertThat(source.keyOf(read(new Ended("a")))).isEqualTo("key");
        assertThat(source.keyOf(read(new Other()))).isNull();
        assertThat(source.handles(new Other())).isFalse();
        Reaction<String> begun = job.react(source, "new", new Begun("a"));
        assertThat(begun.state()).isEqualTo("begun");
        assertThat(begun.commands().toString()).isEqualTo("[workers w Work[id=a]]");
        assertThat(begun.timers()).isEqualTo(List.of(new TimerChange.After(null, Duration.ofSeconds(1), new Late())));
        assertThat(job.reactToRejected(WORKERS, "x", new RejectedCommand<>("w", new Work("a"), "no"))
                        .state())
                .isEqualTo("rejected: no");
        assertThat(job.reactToAccepted(WORKERS, "x", new AcceptedCommand<>("w", new Work("a"))))
                .isSameAs(Reaction.none());
    }

    @Test
    void a_function_that_throws_or_gives_null_is_invalid_with_its_input() {
        Process<String> job = definition().build();
        assertThatThrownBy(() -> job.react(source(job), "new", new Ended("a")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("process job could not react to Ended[id=a]")
                .hasRootCauseMessage("not new");
        assertThatThrownBy(() -> job.reactToTimer("new", new Late()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("process job reacted with null to Late[]");
        assertThatThrownBy(() -> job.reactToTimer("new", "what"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("java.lang.String");
        Process<String> strange = empty().state(1, String.class)
                .from(
                        "a/b",
                        EVENTS,
                        events -> events.on(
                                Event.class,
                                event -> {
                                    throw new IllegalStateException("no key");
                                },
                                (state, event) -> Reaction.none()))
                .build();
        assertThatThrownBy(() -> source(strange).keyOf(read(new Other())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("offset 3 of partition 7 of a/b")
                .hasRootCauseMessage("no key");
    }

    @Test
    void every_mistake_of_a_definition_is_named() {
        assertThatThrownBy(() -> empty().build())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("process job: ")
                .hasMessageContaining("it reacts to no stream")
                .hasMessageContaining("nothing says how its state is stored");
        assertThatThrownBy(() -> definition()
                        .state(1, String.class)
                        .from("jobs/events", EVENTS, jobs -> {})
                        .from("jobs/others", EVENTS, jobs -> jobs.on(Begun.class, (state, begun) -> Reaction.none())
                                .on(Begun.class, (state, begun) -> Reaction.none()))
                        .timer("late", 1, Late.class, (state, late) -> Reaction.none())
                        .to(WORKERS)
                        .to(CommandTarget.of("bosses", JsonCodec.of("work", 1, Work.class)))
                        .onAccepted(
                                CommandTarget.of("nobody", JsonCodec.of("work", 1, Work.class)),
                                (state, done) -> Reaction.none())
                        .build())
                .hasMessageContaining("the state is given twice")
                .hasMessageContaining("stream jobs/events is given twice")
                .hasMessageContaining("event " + Begun.class.getName() + " of jobs/others is reacted to twice")
                .hasMessageContaining("event " + Begun.class.getName() + " of jobs/others has no key")
                .hasMessageContaining("timer " + Late.class.getName() + " is reacted to twice")
                .hasMessageContaining("target workers is given twice")
                .hasMessageContaining("rejected commands of target bosses are not reacted to")
                .hasMessageContaining("answers of nobody are reacted to");
        assertThatThrownBy(() -> Process.named("x".repeat(61))).hasMessageContaining("61");
        assertThatThrownBy(() -> Process.named("a/b")).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void a_reaction_out_of_its_bounds_is_invalid_with_its_value() {
        Reaction<String> to = Reaction.to("x");
        assertThatThrownBy(() -> to.execute(WORKERS, "a/b", new Work(""))).hasMessageContaining("a/b");
        assertThatThrownBy(() -> to.execute(WORKERS, "x".repeat(300), new Work("")))
                .hasMessageContaining("300");
        assertThatThrownBy(() -> to.after(Duration.ofSeconds(-1), new Late())).hasMessageContaining("-1");
        assertThatThrownBy(() -> to.after(Duration.ofDays(36_501), new Late()))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> to.after("", Duration.ZERO, new Late()))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(to.at(Instant.MAX, new Late()).timers()).hasSize(1);
        Reaction<String> full = to;
        for (int i = 0; i < Reaction.MAX_COMMANDS; i++) {
            full = full.execute(WORKERS, "w", new Work("")).cancel("t");
        }
        Reaction<String> last = full;
        assertThatThrownBy(() -> last.execute(WORKERS, "w", new Work(""))).hasMessageContaining("the limit is 100");
        assertThatThrownBy(() -> last.cancel("t")).hasMessageContaining("the limit is 100");
        assertThat(to.commands()).isEmpty();
    }

    @Test
    void targets_are_given_once_and_found_by_name() {
        assertThatThrownBy(() -> ProcessTargets.none().aggregatesOf(WORKERS))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("workers");
    }
}
