package io.strandline.log.impl.catalog;

import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.StreamDescription;
import io.strandline.log.impl.catalog.KeptEvents.Oldest;
import io.strandline.log.impl.chunk.SectionTiers;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.Moment;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.StampWatch;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.LogRules;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Removes the events that the streams' rules do not keep. It does so after every round of a flush, because that is when
 * streams grow on the disk, and at least once in an interval, because events age and memory counts as well.
 *
 * <p>A pass is one chain: read the rules at shard 0 → measure in every shard what the partitions hold → where a stream
 * has too much, ask for its oldest pieces → decide one cut per partition → truncate. It removes durable events only,
 * because it measures the applied state, and it changes nothing but start offsets. A log without rules has no passes.
 *
 * <p>Runs on shard 0's executor. {@link #request} and {@link #chunksAdded} may be called from any executor.
 */
public final class RetentionWatch {

    /** Groups of partitions that share chunks. Group 0 is for the streams that keep everything. */
    public static final int CHUNK_GROUPS = 8;

    /** Pieces that one pass asks a shard for. The next pass takes the rest. */
    static final int MAX_PIECES = 65_536;

    /** A merged section holds at most one part in this many of what a rule keeps, in bytes and in time. */
    private static final int PARTS_OF_A_BOUND = 8;

    private static final int MIN_SECTION_BYTES = 4 << 10;

    private static final Oldest NONE = new Oldest(List.of(), false);
    private static final Logger LOG = Logger.of(RetentionWatch.class);

    private final ShardHost[] shards;
    private final Environment environment;
    private final long intervalMillis;
    private final int sectionBytes;

    private boolean running;

    /** Completes when the running pass is over. Changes of the catalog run one after the other, so there is only one. */
    private @Nullable Promise<Void> over;

    private boolean again;
    private boolean timer;
    private boolean fails;
    private volatile boolean hasRules;
    private volatile boolean stopped;

    public RetentionWatch(ShardHost[] shards, Environment environment, long intervalMillis, int sectionBytes) {
        this.shards = shards;
        this.environment = environment;
        this.intervalMillis = intervalMillis;
        this.sectionBytes = sectionBytes;
    }

    /** Rules may have changed: begins a pass, or another one after the one that runs. */
    void request() {
        shards[0].execute(this::begin);
    }

    /**
     * Completes when every pass is over that may not know the current catalog. So events that a change of rules or
     * subscribers keeps are kept when that change completes. A change of the catalog waits for this before the next one
     * begins.
     */
    Future<Void> settled() {
        Promise<Void> promise = Promise.promise();
        shards[0].execute(() -> {
            if (running) {
                over = promise;
            } else {
                promise.complete();
            }
        });
        return promise.future();
    }

    /** Streams have grown on the disk. */
    public void chunksAdded() {
        if (hasRules) {
            request();
        }
    }

    /** Begins no further pass. */
    public void stop() {
        stopped = true;
    }

    private void begin() {
        if (stopped || running) {
            again |= running;
            return;
        }
        running = true;
        again = false;
        Answers.of(this::pass)
                .onComplete(result -> shards[0].execute(() -> {
                    running = false;
                    settle();
                    again |= result.succeeded() && result.result();
                    noteFailure(result.cause());
                    if (again) {
                        begin();
                    } else {
                        armTimer();
                    }
                }));
    }

    private void settle() {
        Promise<Void> waiting = over;
        over = null;
        if (waiting != null) {
            Answers.give(waiting, null);
        }
    }

    /** A shard that recovers fails its passes. This is logged once, not at every try. */
    private void noteFailure(@Nullable Throwable cause) {
        if (cause != null && !fails && !stopped) {
            LOG.info("retention waits, the next pass is in {} ms: {}", intervalMillis, cause.getMessage());
        }
        fails = cause != null;
    }

    private void armTimer() {
        if ((hasRules || fails) && !timer && !stopped) {
            timer = true;
            environment.timers().after(0, intervalMillis, () -> {
                timer = false;
                begin();
            });
        }
    }

    // ---- a pass

    /**
     * A stream that does not keep everything.
     *
     * @param consumed partition → offset that subscribers have consumed. A partition that is not named is at 0. Subscribers
     *     that are at the same partitions are one of the list
     */
    private record Rule(StreamDescription stream, Retention retention, List<SortedMap<Long, Long>> consumed) {

        /** The offsets up to which subscribers have consumed a partition. */
        LongStream consumedUpTo(long partition) {
            return consumed.stream().mapToLong(known -> known.getOrDefault(partition, 0L));
        }

        int chunkGroup() {
            return 1 + Math.floorMod(stream.name().hashCode(), CHUNK_GROUPS);
        }

        /** Sections leave whole, so one may hold a small part only of what the rule keeps. */
        SectionTiers.Limits mergeLimits(int sectionBytes) {
            long bytes = sectionBytes;
            for (long bound : new long[] {retention.maxBytes(), retention.hardBytes()}) {
                if (bound > 0) {
                    bytes = Math.min(bytes, Math.max(MIN_SECTION_BYTES, bound / PARTS_OF_A_BOUND / 2));
                }
            }
            long age = retention.maxAgeMillis();
            return new SectionTiers.Limits(bytes, age == 0 ? Long.MAX_VALUE : Math.max(1, age / PARTS_OF_A_BOUND));
        }
    }

    /** What is asked of a partition: where events above an age end, 0 for none, and those up to a consumed offset. */
    private record Question(
            PartitionDescription partition,
            long ageMillis,
            long consumed,
            int chunkGroup,
            SectionTiers.Limits mergeLimits) {}

    /** What a partition holds, and where it could be cut. */
    private record Held(long start, long end, long bytes, long agedUpTo, long consumedUpTo) {}

    /** Completes with true if more is to be removed at once. */
    private Future<Boolean> pass() {
        return shards[0]
                .call(shard -> Future.succeededFuture(rules(shard.state().catalog())))
                .compose(rules -> {
                    hasRules = !rules.isEmpty();
                    return hasRules ? measure(rules).compose(held -> cut(rules, held)) : Future.succeededFuture(false);
                })
                .onSuccess(goesOn -> compact());
    }

    /** Lets compaction begin where it waits: it must not merge more into a section than a rule wants to remove at once. */
    private void compact() {
        for (ShardHost shard : shards) {
            shard.compact();
        }
    }

    private List<Rule> rules(CatalogState catalog) {
        List<Rule> rules = new ArrayList<>();
        catalog.retentions().forEach((name, retention) -> {
            StreamDescription stream = catalog.streams().get(name);
            if (stream != null) {
                Collection<SortedMap<Long, Long>> subscribers =
                        catalog.subscribers(name).values();
                rules.add(new Rule(
                        stream, retention, retention.untilConsumed() ? consumed(stream, subscribers) : List.of()));
            }
        });
        return rules;
    }

    /** What follows from positions is worked out once for all subscribers that are at the same partitions. */
    private List<SortedMap<Long, Long>> consumed(
            StreamDescription stream, Collection<SortedMap<Long, Long>> subscribers) {
        Map<Set<Long>, Map<Long, Long>> byPartitions = new HashMap<>();
        for (SortedMap<Long, Long> positions : subscribers) {
            byPartitions
                    .computeIfAbsent(Set.copyOf(positions.keySet()), any -> new HashMap<>(positions))
                    .replaceAll((partition, offset) -> environment
                            .rules()
                            .consumedUpTo(LongStream.of(offset, positions.getOrDefault(partition, 0L))));
        }
        return byPartitions.values().stream().map(stream::withAncestorEnds).toList();
    }

    private Future<Map<Long, Held>> measure(List<Rule> rules) {
        Moment now = Moment.of(environment.clock());
        LogRules decides = environment.rules();
        Map<Integer, List<Question>> questions = new HashMap<>();
        for (Rule rule : rules) {
            long age = rule.retention().maxAgeMillis();
            for (PartitionDescription partition : CatalogState.allPartitions(rule.stream())) {
                questions
                        .computeIfAbsent(partition.shard(), any -> new ArrayList<>())
                        .add(new Question(
                                partition,
                                age,
                                decides.consumedUpTo(rule.consumedUpTo(partition.id())),
                                rule.chunkGroup(),
                                rule.mergeLimits(sectionBytes)));
            }
        }
        return gather(questions, (shard, asked) -> measure(shard, asked, now));
    }

    private static Map<Long, Held> measure(Shard shard, List<Question> questions, Moment now) {
        Map<Long, Held> held = new HashMap<>();
        for (Question question : questions) {
            Partition partition = shard.state().partition(question.partition().id());
            if (partition != null) {
                partition.retain(question.chunkGroup(), question.mergeLimits());
                noteAhead(shard, partition, now);
                held.put(
                        partition.id(),
                        new Held(
                                partition.startOffset(),
                                partition.endOffset(),
                                KeptEvents.bytes(partition),
                                question.ageMillis() == 0
                                        ? partition.startOffset()
                                        : KeptEvents.endOfAged(partition, question.ageMillis(), now),
                                KeptEvents.endOfWhole(partition, question.consumed())));
            }
        }
        return held;
    }

    /** Events whose stamps are ahead of the clock are as old as the time since they were seen here first. */
    private static void noteAhead(Shard shard, Partition partition, Moment now) {
        boolean ahead = partition.lastStamp() - now.wallMillis() >= StampWatch.AHEAD_MILLIS;
        if (ahead && partition.endOffset() > partition.startOffset()) {
            shard.stampIsAhead(partition, now.wallMillis());
            partition.noteEnds(now);
        } else {
            partition.forgetEnds();
        }
    }

    // ---- decisions

    /** A stream that holds too much, and by how many bytes. */
    private record Excess(Rule rule, long overMax, long overHard) {
        long most() {
            return Math.max(overMax, overHard);
        }
    }

    private Future<Boolean> cut(List<Rule> rules, Map<Long, Held> held) {
        List<Excess> excesses = new ArrayList<>();
        for (Rule rule : rules) {
            long bytes = CatalogState.allPartitions(rule.stream()).stream()
                    .map(partition -> held.get(partition.id()))
                    .mapToLong(of -> of == null ? 0 : of.bytes())
                    .sum();
            excesses.add(new Excess(
                    rule,
                    excess(bytes, rule.retention().maxBytes()),
                    excess(bytes, rule.retention().hardBytes())));
        }
        return oldest(excesses).compose(pieces -> truncate(excesses, held, pieces));
    }

    private static long excess(long bytes, long bound) {
        return bound == 0 ? 0 : Math.max(0, bytes - bound);
    }

    /** How many bytes are to be covered by the oldest pieces of a partition. */
    private record Wanted(long partition, long bytes) {}

    private Future<Map<Long, Oldest>> oldest(List<Excess> excesses) {
        Map<Integer, List<Wanted>> wanted = new HashMap<>();
        for (Excess excess : excesses) {
            if (excess.most() > 0) {
                for (PartitionDescription partition : CatalogState.allPartitions(excess.rule().stream())) {
                    wanted.computeIfAbsent(partition.shard(), any -> new ArrayList<>())
                            .add(new Wanted(partition.id(), excess.most()));
                }
            }
        }
        Moment now = Moment.of(environment.clock());
        return gather(wanted, (shard, asked) -> {
            int limit = Math.max(1, MAX_PIECES / asked.size());
            Map<Long, Oldest> pieces = new HashMap<>();
            for (Wanted of : asked) {
                Partition partition = shard.state().partition(of.partition());
                if (partition != null) {
                    pieces.put(partition.id(), KeptEvents.oldest(partition, of.bytes(), limit, now));
                }
            }
            return pieces;
        });
    }

    private Future<Boolean> truncate(List<Excess> excesses, Map<Long, Held> held, Map<Long, Oldest> oldest) {
        Map<Integer, List<ControlRecord>> cuts = new HashMap<>();
        boolean isCutShort = false;
        for (Excess excess : excesses) {
            isCutShort |= addCuts(excess, held, oldest, cuts);
        }
        boolean goesOn = isCutShort;
        List<Future<Void>> done = new ArrayList<>();
        cuts.forEach((shard, records) -> done.add(shards[shard].call(life -> life.change(records))));
        return Future.all(done).map(all -> goesOn);
    }

    /** Adds the cuts of one stream. Returns true if the stream is cut, and the next pass has to continue. */
    private boolean addCuts(
            Excess excess, Map<Long, Held> held, Map<Long, Oldest> oldest, Map<Integer, List<ControlRecord>> cuts) {
        OldestFirst bySize = new OldestFirst();
        List<PartitionDescription> partitions = CatalogState.allPartitions(excess.rule().stream());
        partitions.forEach(partition -> bySize.add(oldest.getOrDefault(partition.id(), NONE)));
        bySize.take(excess.overHard());
        Map<Long, Long> hardCuts = bySize.cuts();
        bySize.take(excess.overMax());
        Map<Long, Long> sizeCuts = bySize.cuts();
        boolean isCut = false;
        for (PartitionDescription partition : partitions) {
            Held of = held.get(partition.id());
            if (of == null) {
                continue;
            }
            long due = Math.max(of.agedUpTo(), sizeCuts.getOrDefault(partition.id(), 0L));
            long cut = environment
                    .rules()
                    .retentionCut(
                            excess.rule().retention(),
                            hardCuts.getOrDefault(partition.id(), 0L),
                            due,
                            of.consumedUpTo(),
                            of.end());
            if (cut > of.start()) {
                cuts.computeIfAbsent(partition.shard(), any -> new ArrayList<>())
                        .add(new ControlRecord.Truncated(partition.id(), cut));
                isCut = true;
            }
        }
        return isCut && bySize.isCutShort();
    }

    // ---- shards

    /** Asks every shard that has questions, concurrently. Each shard answers on its own executor. */
    private <Q, A> Future<Map<Long, A>> gather(
            Map<Integer, List<Q>> questions, BiFunction<Shard, List<Q>, Map<Long, A>> answer) {
        List<Future<Map<Long, A>>> answers = new ArrayList<>();
        questions.forEach((shard, asked) ->
                answers.add(shards[shard].call(life -> Future.succeededFuture(answer.apply(life, asked)))));
        return Future.all(answers).map(all -> {
            Map<Long, A> gathered = new HashMap<>();
            answers.forEach(of -> gathered.putAll(of.result()));
            return gathered;
        });
    }
}
