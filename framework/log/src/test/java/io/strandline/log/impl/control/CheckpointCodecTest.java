package io.strandline.log.impl.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.Inheritance.Range;
import io.strandline.log.impl.state.Inheritance.Writer;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ScalingIntent;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.WriterEntry;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes of a journal checkpoint, of this version and of those before it. */
class CheckpointCodecTest {

    private static final StreamName STREAM = StreamName.parse("shop/orders");
    private static final KeyRange LOWER = KeyRange.equalRanges(2).get(0);
    private static final KeyRange UPPER = KeyRange.equalRanges(2).get(1);

    /** A partition that was sealed, one that took over, and one that has inherited one of its two ranges. */
    private static final String PARTITIONS =
            "0401000000000000000000000000000000ffffffffffffffff010000000001010000000000000000ffffffffffffff"
                    + "ff0000000000000080000002000000000000000000000000000000ffffffffffffff7f00000081d095ffbc3100010100"
                    + "00000000000000ffffffffffffff7f0000000000000080010100000000000000020804012981d095ffbc31efcdab8967"
                    + "4523010003000000000000000000000000000080ffffffffffffffff00000081d095ffbc310001010000000000000080"
                    + "ffffffffffffffff0000000000000080010100000000000000020804012981d095ffbc31efcdab896745230100040000"
                    + "00000000000000000000000000ffffffffffffff7f02000081d095ffbc31000200010000000000000000ffffffffffff"
                    + "ff7f0000000000000080010100000000000000020804012981d095ffbc31efcdab896745230100010100000000000000"
                    + "0205000000000000000200000000000000100473686f70120b73686f702f6f7264657273010100000000000000000000"
                    + "000000000000ffffffffffffffff130b73686f702f6f72646572731a0b73686f702f6f72646572730101020200000000"
                    + "000000000000000000000000ffffffffffffff7f0300000000000000000000000000000080ffffffffffffffff001b0b"
                    + "73686f702f6f726465727380d095ffbc3101001a0b73686f702f6f726465727302020301040000000000000000000000"
                    + "0000000000ffffffffffffffff00161473686f702f6f72646572737c696d706f72746572010000000000000002";

    /** Partition 5 is claimed by writer 4 with epoch 6, in generation 3. */
    private static final String CLAIM = "22" + "0500000000000000" + "0400000000000000" + "06" + "03";

    /** As before claims had generations. */
    private static final String CLAIM_WITHOUT_GENERATION = "0e" + "0500000000000000" + "0400000000000000" + "06";

    private static final String GOLDEN = "0400" + PARTITIONS + CLAIM;

    private static ShardState newState() {
        return new ShardState(0, unreferenced -> {});
    }

    private static ShardState state() {
        ShardState state = newState();
        List.of(
                        new CatalogRecord.ScopeCreated("shop"),
                        new CatalogRecord.StreamCreating(
                                new StreamDescription(STREAM, List.of(new PartitionDescription(1, 0, KeyRange.ALL)))),
                        new ControlRecord.PartitionOpened(1, KeyRange.ALL),
                        new CatalogRecord.StreamCreated(STREAM),
                        new CatalogRecord.WriterAdmitted("shop/orders|importer", 1, 2),
                        new ControlRecord.WriterRaised(1, 2),
                        new ScalingRecord.StreamScaling(new ScalingIntent(
                                STREAM,
                                List.of(1L),
                                List.of(new PartitionDescription(2, 0, LOWER), new PartitionDescription(3, 0, UPPER)),
                                List.of())),
                        new ScalingRecord.PartitionSealed(1),
                        inherited(2, LOWER, 0, 1),
                        inherited(3, UPPER, 0, 1),
                        new ScalingRecord.StreamScaled(STREAM, 1_700_000_000_000L, List.of(0L)),
                        new ScalingRecord.StreamScaling(new ScalingIntent(
                                STREAM,
                                List.of(2L, 3L),
                                List.of(new PartitionDescription(4, 0, KeyRange.ALL)),
                                List.of())),
                        inherited(4, LOWER, 1, 2),
                        new ControlRecord.PartitionClaimed(5, new Claim(4, 6, 3)))
                .forEach(step -> step.applyTo(state));
        return state;
    }

    private static ScalingRecord.RangeInherited inherited(long partition, KeyRange keys, int index, int count) {
        Writer writer = new Writer(1, 2, 7, 3, 1, 41, 1_700_000_000_001L, 0x0123456789abcdefL);
        return new ScalingRecord.RangeInherited(
                partition, keys, 1_700_000_000_001L, index, count, new Range(keys, Long.MIN_VALUE, List.of(writer)));
    }

    @Test
    void theBytesAreWhatTheyWere() {
        assertThat(HexFormat.of().formatHex(CheckpointCapture.encode(state()))).isEqualTo(GOLDEN);
    }

    @Test
    void whatIsReadBackIsWrittenAlike() {
        ShardState read = newState();
        CheckpointCodec.decode(HexFormat.of().parseHex(GOLDEN), read);
        assertThat(HexFormat.of().formatHex(CheckpointCapture.encode(read))).isEqualTo(GOLDEN);
        assertThat(read.partition(1)).isNotNull().matches(partition -> partition.sealed());
        assertThat(read.partition(4)).as("has not inherited all of its ranges").isNull();
        assertThat(read.catalog().scaling()).containsOnlyKeys(STREAM);
        assertThat(read.claims().get(5)).isEqualTo(new Claim(4, 6, 3));
        inherited(4, UPPER, 0, 2).applyTo(read);
        assertThat(read.partition(4)).isNotNull().matches(partition -> partition.tables().length == 2);
        WriterEntry entry = read.partitions().get(4).tables()[1].entry(1);
        assertThat(entry).isNotNull();
        assertThat(entry.appliedPartition()).isEqualTo(1);
        assertThat(entry.appliedOffset()).isEqualTo(41);
    }

    @Test
    void theFrameUpToWhichAllIsInChunksComesBack() {
        byte[] bytes = CheckpointCapture.encode(state(), 12_345);
        assertThat(CheckpointCodec.decode(bytes, newState())).isEqualTo(12_345);
    }

    @Test
    void aCheckpointOfVersionThreeIsReadAndItsClaimsBeganGenerations() {
        ShardState read = newState();
        String nobody = "0e" + "0700000000000000" + "0000000000000000" + "00";
        String versionThree = "0300" + PARTITIONS + CLAIM_WITHOUT_GENERATION + nobody;
        CheckpointCodec.decode(HexFormat.of().parseHex(versionThree), read);
        assertThat(read.claims().get(5)).isEqualTo(new Claim(4, 6, 6));
        assertThat(read.claims().get(7)).isEqualTo(Claim.NOBODY);
    }

    @Test
    void aCheckpointOfVersionTwoIsRead() {
        ShardState read = newState();
        String versionTwo = "02" + PARTITIONS + CLAIM_WITHOUT_GENERATION;
        assertThat(CheckpointCodec.decode(HexFormat.of().parseHex(versionTwo), read))
                .isZero();
        String claimOfGenerationSix = CLAIM.substring(0, CLAIM.length() - 2) + "06";
        assertThat(HexFormat.of().formatHex(CheckpointCapture.encode(read)))
                .isEqualTo("0400" + PARTITIONS + claimOfGenerationSix);
    }

    @Test
    void aCheckpointOfVersionOneIsRead() {
        RecordOutput out = new RecordOutput();
        out.writeByte(1);
        out.writeVarlong(1);
        out.writeLong(5);
        out.writeLong(LOWER.from());
        out.writeLong(LOWER.to());
        for (long offsetOrStamp : new long[] {2, 9, 1_700_000_000_000L, 0}) {
            out.writeVarlong(offsetOrStamp);
        }
        out.writeLong(-77);
        out.writeVarlong(1);
        out.writeLong(12);
        for (long number : new long[] {3, 8, 1, 9, 1_700_000_000_000L}) {
            out.writeVarlong(number);
        }
        out.writeLong(99);
        out.writeVarlong(0);
        out.writeVarlong(0);
        out.writeLong(6);
        out.writeLong(13);
        ShardState read = newState();
        CheckpointCodec.decode(out.toBytes(), read);
        Partition partition = read.partitions().get(5);
        assertThat(partition.endOffset()).isEqualTo(9);
        assertThat(partition.sealed()).isFalse();
        assertThat(partition.tables()).hasSize(1);
        assertThat(partition.tables()[0].keys()).isEqualTo(LOWER);
        assertThat(partition.tables()[0].forgottenUpTo()).isEqualTo(-77);
        WriterEntry entry = partition.tables()[0].entry(12);
        assertThat(entry).isNotNull();
        assertThat(entry.appliedEpoch()).isEqualTo(3);
        assertThat(entry.appliedMajor()).isEqualTo(7);
        assertThat(entry.appliedMinor()).isZero();
        assertThat(entry.appliedPartition()).isEqualTo(5);
        assertThat(entry.appliedOffset()).isEqualTo(8);
        assertThat(entry.appliedDigest()).isEqualTo(99);
        assertThat(read.catalog().nextPartition()).isEqualTo(6);
    }

    @Test
    void anotherVersionIsRefused() {
        assertThatThrownBy(() -> CheckpointCodec.decode(new byte[] {5}, newState()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("version 5");
    }
}
