package io.strandline.processing.group;

import io.strandline.Strandline;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Opens groups. The framework implements it, applications call {@link ReaderGroup#open} and {@link ReaderGroup#list}, which say
 * what a call does and how it fails.
 */
public interface GroupProvider {

    /**
     * As {@link ReaderGroup#open}.
     *
     * @param options null for a group that has to exist
     */
    Future<ReaderGroup> open(Vertx vertx, Strandline log, StateSync sync, String name, @Nullable GroupOptions options);

    /** As {@link PartitionShare#join}. */
    Future<PartitionShare> share(
            Vertx vertx, Strandline log, StateSync sync, PartitionShare.Member member, PartitionHolder holder);

    /** As {@link ReaderGroup#list(Vertx, StateSync, String)}. */
    Future<SortedSet<String>> list(Vertx vertx, StateSync sync, String scope);

    /** As {@link ReaderGroup#list(Vertx, Strandline, StateSync)}. */
    Future<SortedSet<String>> list(Vertx vertx, Strandline log, StateSync sync);
}
