package io.strandline.processing.aggregate.impl;

import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.HistoryOptions;
import io.strandline.IfExists;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.AggregateStatistics;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.strandline.processing.impl.PartialReading;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.EventSpans;
import io.strandline.sync.StateSync;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Checks calls and brings them to their owners. Any thread may call it. */
final class OpenAggregates<C, E, S> implements Aggregates<C, S> {

    private static final CommandOptions NO_OPTIONS = new CommandOptions();

    private final Vertx vertx;
    private final Setting<C, E, S> setting;
    private final ContextInternal opener;
    private final Closeable closeHook;
    private final CloseOnce end;
    private final AtomicLong calls;
    private final int maxCalls;

    /** What messages call an id. */
    private final String idName;

    private final @Nullable EventSpans spans;
    private final EventSpans.Appends commands;
    private final Ownership<C, E, S> ownership;
    private final List<OwnerVerticle<C, E, S>> owners = new ArrayList<>();
    private final List<String> deployments = new CopyOnWriteArrayList<>();

    /** @param sync by which members share the partitions. Null if all of them are owned here */
    private OpenAggregates(Vertx vertx, Setting<C, E, S> setting, @Nullable StateSync sync) {
        this.vertx = vertx;
        this.setting = setting;
        this.calls = setting.counters().calls;
        this.maxCalls = setting.options().getMaxCalls();
        this.idName = "id of " + setting.aggregate();
        this.opener = (ContextInternal) vertx.getOrCreateContext();
        this.spans = EventSpans.of(opener, setting.options().getTracingPolicy());
        this.commands = EventSpans.Appends.of(setting.stream().toString(), "execute");
        this.closeHook = completion -> close().onComplete(completion);
        this.ownership = sync == null
                ? new WholeStream<>(vertx, setting, this::isClosing)
                : new SharedStream<>(vertx, setting, sync, new ForwardedCalls(Call.Way.FROM_MEMBER), this::isClosing);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.PROCESSING, toString(), this::closeAll);
    }

    // ---- open

    /**
     * See {@link Aggregates#open} and {@link Aggregates#share}.
     *
     * @param sync null to own all partitions
     */
    static <C, E, S> Future<Aggregates<C, S>> open(
            Vertx vertx,
            Strandline log,
            @Nullable StateSync sync,
            Aggregate<C, E, S> aggregate,
            AggregateOptions options) {
        StreamName stream;
        AggregateOptions checked = new AggregateOptions(options);
        try {
            checked.validate();
            stream = streamOf(checked);
            if (checked.getAddress() != null) {
                new AggregateFormat<>(aggregate, stream);
            } else if (sync != null) {
                throw new StrandlineException.Invalid(
                        "address is null, it must name where the members that share " + stream + " reach each other");
            }
        } catch (StrandlineException.Invalid refused) {
            return Future.failedFuture(refused);
        }
        StreamOptions exclusive = new StreamOptions()
                .setPartitions(checked.getPartitions())
                .setExclusive(true)
                .setIfExists(IfExists.KEEP);
        return log.catalog()
                .createScope(stream.scope())
                .compose(scope -> log.catalog().createStream(stream.toString(), exclusive))
                .map(OpenAggregates::requireExclusive)
                .compose(described -> createSnapshots(log, aggregate, stream, checked)
                        .compose(created -> new OpenAggregates<>(
                                        vertx,
                                        new Setting<>(
                                                log,
                                                aggregate,
                                                stream,
                                                checked,
                                                Math.min(
                                                        checked.getOwners(),
                                                        described.partitions().size()),
                                                new Counters(),
                                                System::nanoTime),
                                        sync)
                                .begin(described)));
    }

    private static StreamName streamOf(AggregateOptions options) {
        StreamName stream = StreamName.parse(String.valueOf(options.getStream()));
        if (stream.stream().length() > Setting.MAX_STREAM_LENGTH) {
            throw new StrandlineException.Invalid("stream name " + Utf8.shown(stream.stream()) + " has "
                    + stream.stream().length() + " characters, the limit for aggregates is "
                    + Setting.MAX_STREAM_LENGTH);
        }
        return stream;
    }

    private static StreamDescription requireExclusive(StreamDescription stream) {
        if (!stream.exclusive()) {
            throw new StrandlineException.Invalid("stream " + stream.name()
                    + " is not exclusive, so others may append to it between two events of an aggregate");
        }
        return stream;
    }

    private static Future<?> createSnapshots(
            Strandline log, Aggregate<?, ?, ?> aggregate, StreamName stream, AggregateOptions options) {
        if (aggregate.stateCodec() == null) {
            return Future.succeededFuture();
        }
        long bytes = options.getSnapshotStreamBytes();
        return log.catalog()
                .createStream(
                        Setting.snapshotsOf(stream).toString(),
                        new StreamOptions()
                                .setPartitions(options.getPartitions())
                                .setRetention(bytes == 0 ? Retention.everything() : Retention.maxBytes(bytes))
                                .setIfExists(IfExists.KEEP));
    }

    private Future<Aggregates<C, S>> begin(StreamDescription stream) {
        return deploy().compose(all -> ownership.begin(stream, owners, new ForwardedCalls(Call.Way.FROM_CALLER)))
                .<Aggregates<C, S>>map(begun -> {
                    CloseOnce.endWithVerticle(opener, closeHook);
                    return this;
                })
                .recover(cause -> close().transform(closed -> Future.failedFuture(cause)));
    }

    /** Deploys the owners. They are nobody's children, because Vert.x would undeploy those before they are closed in order. */
    private Future<Void> deploy() {
        for (int i = 0; i < setting.owners(); i++) {
            owners.add(new OwnerVerticle<>(setting, this::close));
        }
        PromiseInternal<Void> all = opener.promise();
        ((VertxInternal) vertx).createEventLoopContext().runOnContext(ignored -> Future.join(owners.stream()
                        .map(owner -> vertx.deployVerticle(owner).onSuccess(deployments::add))
                        .toList())
                .<Void>mapEmpty()
                .onComplete(all));
        return all.future();
    }

    // ---- calls

    @Override
    public Future<Outcome<S>> execute(String id, C command) {
        return execute(id, command, NO_OPTIONS);
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command, CommandOptions options) {
        return execute(id, command, options, null, Call.Way.ANY);
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command, CommandOptions options, Permit permit) {
        return execute(id, command, options, permit, Call.Way.ANY);
    }

    private Future<Outcome<S>> execute(
            String id, C command, CommandOptions options, @Nullable Permit permit, Call.Way way) {
        // Read again when the call is sent on or decided, and by then the caller may have changed them for its next
        // one.
        CommandOptions own = new CommandOptions(options);
        try {
            setting.aggregate().requireHandled(command);
            own.validate();
        } catch (StrandlineException.Invalid refused) {
            return Future.failedFuture(refused);
        }
        // Another member's call is a span there, and brings its headers.
        return spans == null || way == Call.Way.FROM_MEMBER
                ? call(id, command, own, permit, way)
                : spans.append(
                        commands, own.getHeaders(), headers -> call(id, command, own.setHeaders(headers), permit, way));
    }

    @Override
    public Future<AggregateState<S>> state(String id) {
        return state(id, Call.Way.ANY);
    }

    private Future<AggregateState<S>> state(String id, Call.Way way) {
        return call(id, null, NO_OPTIONS, null, way)
                .map(outcome -> new AggregateState<>(outcome.state(), outcome.version()));
    }

    @Override
    public Future<Boolean> hasExecuted(String id, String commandId) {
        AtomicBoolean found = new AtomicBoolean();
        HistoryOptions backward = new HistoryOptions().setDirection(Direction.BACKWARD);
        // The state is given under a claim that still holds: what was under way under an earlier one is in the log or
        // never will be.
        return state(id)
                .compose(proven -> setting.log().history(setting.stream().toString(), id, EventCodec.raw(), backward))
                .compose(reader -> PartialReading.each(reader, read -> {
                    found.set(commandId.equals(CommandMemory.idOf(read.headers())));
                    return !found.get();
                }))
                .map(read -> found.get());
    }

    private Future<Outcome<S>> call(
            String id, @Nullable C command, CommandOptions options, @Nullable Permit permit, Call.Way way) {
        if (end.isClosing()) {
            return Future.failedFuture(setting.closed());
        }
        byte[] key;
        try {
            key = keyOf(id);
            options.getRequirements().forEach(required -> keyOf(required.id()));
            PromiseInternal<Outcome<S>> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
            Call<C, S> call = new Call<>(
                    new Call.Asked<>(id, KeyHash.of(key, 0, key.length), command, options, permit),
                    way,
                    setting.options().getRetryTimeoutMillis(),
                    promise,
                    calls::decrementAndGet);
            // Counted first: of callers that come at once none gets past the limit.
            long underWay = calls.incrementAndGet();
            if (underWay > maxCalls) {
                calls.decrementAndGet();
                throw new StrandlineException.Overloaded(
                        underWay - 1 + " calls of " + this + " are under way, the limit is " + maxCalls);
            }
            try {
                ownership.route(call);
            } catch (RejectedExecutionException vertxClosed) {
                call.fail(setting.closed());
            }
            return promise.future();
        } catch (StrandlineException refused) {
            return Future.failedFuture(refused);
        }
    }

    private byte[] keyOf(String id) {
        Utf8.requireWhole(idName, id);
        if (id.isEmpty() || id.length() > Aggregate.MAX_ID_LENGTH || id.indexOf('/') >= 0) {
            throw new StrandlineException.Invalid(idName + " is \"" + Utf8.shown(id) + "\" with " + id.length()
                    + " characters; it must have 1 to " + Aggregate.MAX_ID_LENGTH + " and no slash");
        }
        return id.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public AggregateStatistics statistics() {
        return setting.counters().read();
    }

    /** Takes calls that come from elsewhere. */
    private final class ForwardedCalls implements Aggregates<C, S> {

        private final Call.Way way;

        ForwardedCalls(Call.Way way) {
            this.way = way;
        }

        @Override
        public Future<Outcome<S>> execute(String id, C command) {
            return execute(id, command, NO_OPTIONS);
        }

        @Override
        public Future<Outcome<S>> execute(String id, C command, CommandOptions options) {
            return OpenAggregates.this.execute(id, command, options, null, way);
        }

        @Override
        public Future<Outcome<S>> execute(String id, C command, CommandOptions options, Permit permit) {
            return OpenAggregates.this.execute(id, command, options, permit, way);
        }

        @Override
        public Future<AggregateState<S>> state(String id) {
            return OpenAggregates.this.state(id, way);
        }

        @Override
        public Future<Boolean> hasExecuted(String id, String commandId) {
            return OpenAggregates.this.hasExecuted(id, commandId);
        }

        @Override
        public AggregateStatistics statistics() {
            return OpenAggregates.this.statistics();
        }

        @Override
        public Future<Void> close() {
            return OpenAggregates.this.close();
        }
    }

    // ---- end

    private boolean isClosing() {
        return end.isClosing();
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        opener.removeCloseHook(closeHook);
        return ownership
                .close()
                .transform(given -> Future.join(owners.stream()
                        .filter(OwnerVerticle::isDeployed)
                        .map(OwnerVerticle::drain)
                        .toList()))
                .transform(all -> Future.join(deployments.stream()
                        .map(id -> vertx.undeploy(id).otherwiseEmpty())
                        .toList()))
                .mapEmpty();
    }

    @Override
    public String toString() {
        return setting.named();
    }
}
