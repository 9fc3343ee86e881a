package io.strandline.log.impl.catalog;

import io.strandline.PartitionDescription;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Partition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Does steps in all shards that hold some partitions, beside each other. */
final class StreamShards {

    private final ShardHost[] shards;

    StreamShards(ShardHost[] shards) {
        this.shards = shards;
    }

    /** What is done in one shard. */
    interface Step {
        Future<Void> run(Shard shard, List<PartitionDescription> partitions);
    }

    /** What one partition is asked, on its shard's executor. */
    interface Question<T> {
        @Nullable
        T answer(Partition partition);
    }

    /** Does a step in every shard that holds some of these partitions. */
    Future<Void> each(Collection<PartitionDescription> partitions, Step step) {
        SortedMap<Integer, List<PartitionDescription>> byShard = new TreeMap<>();
        for (PartitionDescription partition : partitions) {
            byShard.computeIfAbsent(partition.shard(), shard -> new ArrayList<>())
                    .add(partition);
        }
        List<Future<Void>> steps = new ArrayList<>();
        byShard.forEach((shard, held) -> steps.add(shards[shard].call(life -> step.run(life, held))));
        return Future.all(steps).mapEmpty();
    }

    /** Does a step in every shard of the log. */
    Future<Void> everywhere(Step step) {
        List<Future<Void>> steps = new ArrayList<>();
        for (ShardHost shard : shards) {
            steps.add(shard.call(life -> step.run(life, List.of())));
        }
        return Future.all(steps).mapEmpty();
    }

    /** Whether every shard takes events now: none recovers, closes or is full. */
    Future<Boolean> allServe() {
        List<Future<Boolean>> answers = new ArrayList<>();
        for (ShardHost shard : shards) {
            answers.add(
                    shard.call(life -> Future.succeededFuture(life.serves())).otherwise(false));
        }
        return Future.all(answers).map(all -> !all.<Boolean>list().contains(false));
    }

    /** Asks each of these partitions. Fails with NotFound if one is gone. Answers of null are left out. */
    <T> Future<Map<Long, T>> ask(Collection<PartitionDescription> partitions, Question<T> question) {
        return ask(
                partitions,
                question,
                (shard, gone) -> Future.failedFuture(shard.state().gone(gone)));
    }

    /** Asks those of these partitions that are there. */
    <T> Future<Map<Long, T>> askThoseLeft(Collection<PartitionDescription> partitions, Question<T> question) {
        return ask(partitions, question, (shard, gone) -> Future.succeededFuture());
    }

    /** The ends of the open partitions. */
    Future<StreamCut> endCut(StreamDescription stream) {
        return ask(stream.partitions(), partition -> partition.endOffset())
                .map(ends -> new StreamCut(stream.name(), new TreeMap<>(ends)));
    }

    private <T> Future<Map<Long, T>> ask(
            Collection<PartitionDescription> partitions,
            Question<T> question,
            BiFunction<Shard, Long, Future<Void>> ifGone) {
        List<Map<Long, T>> answers = new ArrayList<>();
        for (int i = 0; i < shards.length; i++) {
            answers.add(new HashMap<>());
        }
        return each(partitions, (shard, held) -> {
                    for (PartitionDescription description : held) {
                        Partition partition = shard.state().partition(description.id());
                        if (partition == null) {
                            Future<Void> outcome = ifGone.apply(shard, description.id());
                            if (outcome.failed()) {
                                return outcome;
                            }
                            continue;
                        }
                        T answer;
                        try {
                            answer = question.answer(partition);
                        } catch (Throwable e) {
                            // A question changes nothing, so that what it throws is its own affair.
                            return Future.failedFuture(e);
                        }
                        if (answer != null) {
                            answers.get(description.shard()).put(description.id(), answer);
                        }
                    }
                    return Future.succeededFuture();
                })
                .map(asked -> {
                    Map<Long, T> all = new HashMap<>();
                    answers.forEach(all::putAll);
                    return all;
                });
    }
}
