package io.strandline.processing.group.impl.member;

import io.strandline.Strandline;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupProvider;
import io.strandline.processing.group.PartitionHolder;
import io.strandline.processing.group.PartitionShare;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.state.GroupDirectory;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** Opens groups whose state is kept by a state synchronizer. */
public final class GroupOpening implements GroupProvider {

    @Override
    public Future<ReaderGroup> open(
            Vertx vertx, Strandline log, StateSync sync, String name, @Nullable GroupOptions options) {
        return OpenGroup.open(vertx, log, sync, name, options);
    }

    @Override
    public Future<PartitionShare> share(
            Vertx vertx, Strandline log, StateSync sync, PartitionShare.Member member, PartitionHolder holder) {
        return SharedPartitions.join(vertx, log, sync, member, holder);
    }

    @Override
    public Future<SortedSet<String>> list(Vertx vertx, StateSync sync, String scope) {
        return GroupDirectory.list(vertx, sync, scope);
    }

    @Override
    public Future<SortedSet<String>> list(Vertx vertx, Strandline log, StateSync sync) {
        return GroupDirectory.list(vertx, log, sync);
    }
}
