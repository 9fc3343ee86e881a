package io.strandline.processing.process.impl;

import io.strandline.EventReader;
import io.strandline.Headers;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessSetting;
import io.strandline.processing.process.ProcessState;
import io.strandline.processing.process.ProcessStatistics;
import io.strandline.processing.process.Processes;
import io.strandline.spi.Backoff;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.strandline.sync.StateSync;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One open process: fold what was decided → send what is open → follow what is decided → react to events and timers. All of it runs on
 * one context of its own, except the decisions, which run where the instances are.
 */
final class OpenProcesses<S> implements Processes<S> {

    private static final Logger LOG = Logger.of(OpenProcesses.class);
    /** A process makes no span: no command would descend from it. */
    private static final GroupReaderOptions UNTRACED = new GroupReaderOptions().setTracingPolicy(TracingPolicy.IGNORE);

    private final Vertx vertx;
    private final Run<S> run;
    private final Agenda agenda;
    private final AgendaStore agendas;
    private final EventIntake<S> intake;
    private final Sending<S> sending;
    private final TimerWatch timers;
    private final StepTail tail;
    private final ContextInternal opener;
    private final Closeable closeHook;
    private final CloseOnce end;
    private final Promise<Void> ended = Promise.promise();
    private @Nullable GroupReader<Encoded> reader;
    private @Nullable Throwable stopped;
    private volatile @Nullable ReaderGroup group;

    private OpenProcesses(Vertx vertx, ProcessSetting<S> setting, Aggregates<Input, Instance> instances) {
        this.vertx = vertx;
        this.opener = (ContextInternal) vertx.getOrCreateContext();
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        this.run = new Run<>(context, setting, instances, this::stop);
        this.agenda = new Agenda(run.counters);
        this.agendas = new AgendaStore(run);
        Settling settling = new Settling(run);
        this.intake = new EventIntake<>(run);
        this.sending = new Sending<>(run, setting.targets(), settling);
        this.timers = new TimerWatch(run, agenda, settling);
        this.tail = new StepTail(run, this::decided);
        this.closeHook = completion -> close().onComplete(completion);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.PROCESSING, run.toString(), this::closeAll);
    }

    // ---- open

    /** See {@link Processes#open}. */
    static <S> Future<Processes<S>> open(Vertx vertx, StateSync sync, ProcessSetting<S> given) {
        Process<S> process = given.process();
        ProcessOptions checked = new ProcessOptions(given.options());
        AggregateOptions instances;
        GroupOptions events;
        try {
            checked.validate();
            instances = new AggregateOptions(checked.getInstances())
                    .setStream(checked.getStream())
                    .setCommandIds(0)
                    .setTracingPolicy(TracingPolicy.IGNORE);
            instances.validate();
            events = new GroupOptions(checked.getEvents())
                    .setStreams(process.sources().stream()
                            .map(source -> source.stream().toString())
                            .toArray(String[]::new));
            events.validate();
            process.targets().forEach(given.targets()::aggregatesOf);
        } catch (StrandlineException.Invalid refused) {
            return Future.failedFuture(refused);
        }
        ProcessSetting<S> setting = new ProcessSetting<>(given.log(), process, given.targets(), checked, given.clock());
        return Aggregates.open(vertx, given.log(), new Reacting<>(process).asAggregate(), instances)
                .compose(running -> new OpenProcesses<>(vertx, setting, running).begin(sync, events));
    }

    private Future<Processes<S>> begin(StateSync sync, GroupOptions events) {
        return onContext(() -> catchUp()
                        .compose(this::follow)
                        .compose(following -> openGroup(sync, events))
                        .compose(this::join))
                .<Processes<S>>map(begun -> {
                    CloseOnce.endWithVerticle(opener, closeHook);
                    return this;
                })
                .recover(cause -> close().transform(closed -> Future.failedFuture(cause)));
    }

    private <T> Future<T> onContext(Supplier<Future<T>> step) {
        Promise<T> done = ((ContextInternal) vertx.getOrCreateContext()).promise();
        run.context.runOnContext(
                turn -> Future.succeededFuture().compose(begun -> step.get()).onComplete(done));
        return done.future();
    }

    /** Folds every step that was decided, from the newest stored agenda on. Then what is open may have been sent. */
    private Future<StreamCut> catchUp() {
        return agendas.open()
                .compose(opened -> agendas.newest())
                .compose(parts -> parts.isEmpty() ? foldAll() : foldFrom(parts));
    }

    private Future<StreamCut> foldAll() {
        return run.log.read(run.stream(), StepCodec.INSTANCE).compose(this::fold);
    }

    private Future<StreamCut> foldFrom(List<AgendaPart> parts) {
        StreamCut cut =
                new StreamCut(StreamName.parse(run.stream()), parts.get(0).cut());
        return run.log
                .read(run.stream(), StepCodec.INSTANCE, new ReaderOptions().setFrom(StartPosition.at(cut)))
                .transform(steps -> {
                    if (steps.succeeded()) {
                        parts.forEach(part -> part.instances().forEach(agenda::restore));
                        return fold(steps.result());
                    }
                    if (StrandlineException.isTransient(steps.cause())) {
                        return Future.failedFuture(steps.cause());
                    }
                    LOG.warn("The agenda of {} at {} is not used, all steps are read", run, cut, steps.cause());
                    return foldAll();
                });
    }

    private Future<StreamCut> fold(EventReader<Step> steps) {
        Promise<StreamCut> read = Promise.promise();
        steps.exceptionHandler(read::tryFail);
        steps.endHandler(over -> read.tryComplete(steps.position()));
        steps.handler(step -> {
            run.counters.stepsRead.increment();
            agendas.read();
            agenda.fold(StepTail.keyOf(step), step.event());
        });
        return read.future();
    }

    /** Sends again what is open, and from now on what is decided, in its order. */
    private Future<Void> follow(StreamCut decided) {
        Map<String, List<Long>> open = agenda.openCommands();
        return tail.begin(decided).onSuccess(following -> open.forEach(this::sendAgain));
    }

    /** Each command waits for a slot by its number and is read under it, so what is open is not in memory all at once. */
    private void sendAgain(String key, List<Long> numbers) {
        numbers.forEach(number -> run.slots.take(() -> sendAgain(sending.turn(), key, number, new Backoff())));
    }

    private void sendAgain(Sending<S>.Turn turn, String key, long number, Backoff pauses) {
        if (run.isEnding()) {
            return;
        }
        run.instances.state(key).onComplete((instance, cause) -> {
            if (StrandlineException.isTransient(cause)) {
                run.later(pauses.next(), () -> sendAgain(turn, key, number, pauses), () -> {});
            } else if (cause != null) {
                stop(cause);
            } else {
                StoredCommand command = instance.state().open().get(number);
                if (command == null) {
                    turn.cancel();
                    run.slots.release();
                } else {
                    sending.sendAgain(turn, key, command);
                }
            }
        });
    }

    /** A step is durable: now its effects may begin. */
    private void decided(String key, Step step, Headers trace) {
        agenda.fold(key, step);
        step.commands().forEach(command -> sending.send(key, command, trace));
        if (!step.timers().isEmpty()) {
            timers.fireDue();
        }
        if (agendas.isDueAfterStep(agenda)) {
            // Between two steps the position is that of what is folded.
            run.context.runOnContext(turn -> agendas.save(agenda, tail.position()));
        }
    }

    private Future<ReaderGroup> openGroup(StateSync sync, GroupOptions events) {
        return ReaderGroup.open(vertx, run.log, sync, run.stream())
                .compose(known -> known.options().toJson().equals(events.toJson())
                        ? Future.succeededFuture(known)
                        : known.setOptions(events).map(known))
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? ReaderGroup.open(vertx, run.log, sync, run.stream(), events)
                        : Future.failedFuture(cause));
    }

    private Future<Void> join(ReaderGroup opened) {
        group = opened;
        if (run.isEnding()) {
            return opened.close().transform(closed -> Future.failedFuture(whyEnded()));
        }
        return opened.join("process-" + UUID.randomUUID(), Encoded.CODEC, UNTRACED)
                .onSuccess(joined -> {
                    reader = joined;
                    if (run.isEnding()) {
                        joined.close();
                        return;
                    }
                    joined.ended().onFailure(this::stop);
                    joined.handler(intake::take);
                    timers.begin();
                })
                .compose(joined -> run.isEnding() ? Future.failedFuture(whyEnded()) : Future.succeededFuture());
    }

    private Throwable whyEnded() {
        Throwable cause = stopped;
        return cause == null ? run.ended() : cause;
    }

    // ---- calls

    @Override
    public Future<ProcessState<S>> state(String key) {
        try {
            EventIntake.requireKey(run.process, key);
        } catch (StrandlineException.Invalid refused) {
            return Future.failedFuture(refused);
        }
        return run.instances.state(key).map(known -> {
            Instance instance = known.state();
            TreeMap<String, Instant> due = new TreeMap<>();
            instance.timers().forEach((name, timer) -> due.put(name, Instant.ofEpochMilli(timer.dueMillis())));
            return new ProcessState<>(
                    run.reacting.stateOf(instance),
                    known.version(),
                    instance.open().size(),
                    due);
        });
    }

    @Override
    public ReaderGroup group() {
        return Objects.requireNonNull(group, "a process is open when it has its group");
    }

    @Override
    public Future<Integer> replayParked(List<Long> ids) {
        return onContext(() -> group().replay(ids, Encoded.CODEC, intake::takeParked));
    }

    @Override
    public ProcessStatistics statistics() {
        return run.counters.read();
    }

    @Override
    public Future<Void> ended() {
        if (ended.future().isComplete()) {
            return ended.future(); // the caller's context may have ended with Vert.x
        }
        Promise<Void> hears = ((ContextInternal) vertx.getOrCreateContext()).promise();
        ended.future().onComplete(hears);
        return hears.future();
    }

    // ---- end

    private void stop(Throwable cause) {
        if (stopped == null && !end.isClosing()) {
            stopped = cause;
            LOG.error("{} stops", run, cause);
            quit();
            close();
        }
    }

    /** The reader leaves first: then a delivery that fails is no failure of its event. */
    private Future<Void> quit() {
        GroupReader<Encoded> joined = reader;
        Future<Void> left = joined == null ? Future.succeededFuture() : joined.close();
        run.end();
        timers.end();
        agendas.close();
        tail.close();
        return left;
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        opener.removeCloseHook(closeHook);
        Promise<Void> released = Promise.promise();
        run.context.runOnContext(turn -> quit().transform(left -> {
                    ReaderGroup opened = group;
                    return opened == null ? Future.succeededFuture() : opened.close();
                })
                .transform(read -> run.instances.close())
                .onComplete(released));
        return released.future().onComplete(closed -> {
            Throwable cause = stopped;
            if (cause == null) {
                ended.tryComplete();
            } else {
                ended.tryFail(cause);
            }
        });
    }

    @Override
    public String toString() {
        return run.toString();
    }
}
