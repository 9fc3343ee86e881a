package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Catalog;
import io.strandline.IfExists;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.server.Doors;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream is created again, as every start of an application does, with other options in its code. */
class CreateStreamTest {

    private static final String STREAM = "shop/orders";

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log = get(Doors.open(vertx, "memory:"));
    private final Catalog catalog = log.catalog();

    @BeforeEach
    void create() {
        get(catalog.createScope("shop"));
        get(catalog.createStream(STREAM, options()));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    private static StreamOptions options() {
        return new StreamOptions().setPartitions(2).setRetention(Retention.maxAge(60_000));
    }

    private String conflict(StreamOptions options) {
        Throwable failure = failure(catalog.createStream(STREAM, options));
        assertThat(failure).isInstanceOf(StrandlineException.Conflict.class);
        return String.valueOf(failure.getMessage());
    }

    @Test
    void a_scope_is_created_with_the_stream_if_that_is_asked_for() {
        StreamOptions missing = options();
        assertThat(failure(catalog.createStream("other/orders", missing)))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(get(catalog.scopes())).containsExactly("shop");

        StreamOptions made = options().setCreateScope(true);
        get(catalog.createStream("other/orders", made));
        get(catalog.createStream("other/orders", made));
        get(catalog.createStream("other/orders", options()));
        get(catalog.createStream(STREAM, made));
        assertThat(get(catalog.scopes())).containsExactly("other", "shop");
        assertThat(made.isCreateScope()).isTrue();

        assertThat(failure(catalog.createStream("_strandline/orders", made)))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(conflict(options().setPartitions(3).setCreateScope(true)))
                .contains("partitions is 2, not 3")
                .doesNotContain("createScope");
    }

    @Test
    void a_conflict_names_what_differs_and_nothing_else() {
        assertThat(conflict(options().setRetention(Retention.maxAge(70_000))))
                .contains("retention.maxAgeMillis is 60000, not 70000")
                .doesNotContain("partitions", "maxBytes");
        assertThat(conflict(options().setPartitions(3).setExclusive(true)))
                .contains("exclusive is false, not true, partitions is 2, not 3");
        assertThat(conflict(options().setScaling(ScalingPolicy.eventRate(10)))).contains("scaling.kind is");
    }

    @Test
    void an_update_changes_scaling_and_retention() {
        StreamOptions other = options()
                .setRetention(Retention.maxAge(70_000))
                .setScaling(ScalingPolicy.eventRate(10))
                .setIfExists(IfExists.UPDATE);
        assertThat(get(catalog.createStream(STREAM, other)).partitions()).hasSize(2);
        get(catalog.createStream(STREAM, other));
        get(catalog.createStream(STREAM, new StreamOptions(other.toJson()).setIfExists(IfExists.COMPARE)));
        assertThat(conflict(options())).contains("retention.maxAgeMillis is 70000, not 60000");
    }

    @Test
    void an_update_of_what_cannot_change_is_a_conflict_and_changes_nothing() {
        assertThat(conflict(options()
                        .setPartitions(3)
                        .setRetention(Retention.maxAge(70_000))
                        .setIfExists(IfExists.UPDATE)))
                .contains("partitions is 2, not 3")
                .doesNotContain("retention");
        get(catalog.createStream(STREAM, options()));
    }

    @Test
    void a_stream_may_be_kept_as_it_is() {
        get(catalog.createStream(STREAM, options().setPartitions(9).setIfExists(IfExists.KEEP)));
        get(catalog.createStream(STREAM, options()));
    }
}
