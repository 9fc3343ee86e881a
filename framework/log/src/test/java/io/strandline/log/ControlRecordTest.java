package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.log.impl.control.CatalogRecord;
import io.strandline.log.impl.control.ControlCodec;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.control.RecordOutput;
import io.strandline.log.impl.control.ScalingRecord;
import io.strandline.log.impl.state.ScalingSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlRecordTest {

    private static final StreamName STREAM = StreamName.parse("shop/orders");

    private static final List<ScalingPolicy> POLICIES = List.of(
            ScalingPolicy.fixed(),
            ScalingPolicy.eventRate(Long.MAX_VALUE),
            ScalingPolicy.byteRate(1).withPartitions(2, 64).withCoolDown(86_400_000));

    private static final List<Retention> RULES =
            List.of(Retention.everything(), Retention.maxAge(Long.MAX_VALUE), new Retention(1, 2, true, 3));

    @Test
    void rules_and_policies_come_back() {
        for (ScalingPolicy policy : POLICIES) {
            comesBack(scaling(policy));
        }
        for (Retention rule : RULES) {
            comesBack(new CatalogRecord.RetentionSet(STREAM, rule));
        }
    }

    private static ControlRecord scaling(ScalingPolicy policy) {
        return new ScalingRecord.StreamScalingSet(new ScalingSettings(STREAM, 7, policy));
    }

    private static void comesBack(ControlRecord written) {
        assertThat(ControlCodec.decode(ControlRecord.encode(List.of(written)))).containsExactly(written);
    }

    @Test
    void what_earlier_releases_wrote_as_json_is_read() {
        for (ScalingPolicy policy : POLICIES) {
            RecordOutput out = new RecordOutput();
            out.writeByte(25);
            out.writeString(STREAM.toString());
            out.writeVarlong(7);
            out.writeString(
                    "{\"kind\":\"" + policy.kind() + "\",\"target\":" + policy.target() + ",\"leastPartitions\":"
                            + policy.minPartitions() + ",\"mostPartitions\":" + policy.maxPartitions()
                            + ",\"coolDownMillis\":" + policy.coolDownMillis() + "}");
            assertThat(ControlCodec.decode(out.toBytes())).containsExactly(scaling(policy));
        }
        for (Retention rule : RULES) {
            RecordOutput out = new RecordOutput();
            out.writeByte(24);
            out.writeString(STREAM.toString());
            out.writeString("{\"maxAgeMillis\":" + rule.maxAgeMillis() + ",\"maxBytes\":" + rule.maxBytes()
                    + ",\"untilConsumed\":" + rule.untilConsumed() + ",\"hardBytes\":" + rule.hardBytes() + "}");
            assertThat(ControlCodec.decode(out.toBytes()))
                    .containsExactly(new CatalogRecord.RetentionSet(STREAM, rule));
        }
    }

    @Test
    void a_policy_of_a_kind_to_come_is_corrupt() {
        byte[] bytes = ControlRecord.encode(List.of(scaling(ScalingPolicy.fixed())));
        bytes[STREAM.toString().length() + 3] = 3;
        assertThatThrownBy(() -> ControlCodec.decode(bytes))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("kind 3");
    }
}
