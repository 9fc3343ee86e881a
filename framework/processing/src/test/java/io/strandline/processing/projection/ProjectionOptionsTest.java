package io.strandline.processing.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import org.junit.jupiter.api.Test;

class ProjectionOptionsTest {

    @Test
    void every_value_survives_json() {
        JsonObject json = new JsonObject()
                .put("name", "shop/totals")
                .put("version", 2)
                .put("member", "first")
                .put("group", new GroupOptions().setStreams("shop/orders").toJson())
                .put("batchEvents", 3)
                .put("readAheadBytes", 4)
                .put("storeTimeoutMillis", 5L)
                .put("tracingPolicy", "ignore");
        ProjectionOptions options = new ProjectionOptions(json);
        options.validate();
        assertThat(options.toJson()).isEqualTo(json);
        assertThat(new ProjectionOptions(options).toJson()).isEqualTo(json);
        assertThat(options.readerOptions().getTracingPolicy()).isEqualTo(TracingPolicy.IGNORE);
        assertThat(options.id()).hasToString("shop/totals version 2");
        assertThat(options.id().group()).isEqualTo("shop/totals-v2");
    }

    @Test
    void a_value_out_of_bounds_is_named_with_its_limits() {
        ProjectionOptions options = new ProjectionOptions();
        assertThatThrownBy(options::validate)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("name is null");
        options.setName("shop/totals");
        assertThatThrownBy(options::validate).hasMessageContaining("number of streams is 0");
        options.getGroup().setStreams("shop/orders");
        options.setBatchEvents(0);
        assertThatThrownBy(options::validate).hasMessage("batchEvents is 0, it must be 1 to 1000000");
        options.setBatchEvents(1).setStoreTimeoutMillis(-1);
        assertThatThrownBy(options::validate).hasMessage("storeTimeoutMillis is -1, it must be 0 to 86400000");
        options.setStoreTimeoutMillis(700).getGroup().setHandlerTimeoutMillis(700);
        assertThatThrownBy(options::validate)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("group.handlerTimeoutMillis is 700, it must be 0 or greater than storeTimeoutMillis,"
                        + " which is 700");
        options.getGroup().setHandlerTimeoutMillis(701);
        options.validate();
        options.setStoreTimeoutMillis(0).setMember("a b");
        assertThatThrownBy(options::validate).hasMessageContaining("member name");
        options.setMember(null).setName("totals");
        assertThatThrownBy(options::validate).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_tracing_policy_that_is_null_is_named_also_in_a_copy() {
        ProjectionOptions options =
                new ProjectionOptions().setName("shop/totals").setTracingPolicy(null);
        options.getGroup().setStreams("shop/orders");
        assertThatThrownBy(() -> new ProjectionOptions(options).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("tracingPolicy is null, it must be one of [");
    }
}
