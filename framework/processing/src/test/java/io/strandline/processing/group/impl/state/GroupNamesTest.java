package io.strandline.processing.group.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.group.ReaderGroup;
import org.junit.jupiter.api.Test;

class GroupNamesTest {

    private static StreamName name(int scope, int stream) {
        return GroupNames.requireGroup("s".repeat(scope) + "/" + "g".repeat(stream));
    }

    @Test
    void whatIsMadeOfTheLongestNameFits() {
        for (int scope = 1; scope < ReaderGroup.MAX_NAME_LENGTH - 1; scope++) {
            StreamName group = name(scope, ReaderGroup.MAX_NAME_LENGTH - 1 - scope);
            String checkpoint = GroupNames.requireCheckpoint("c".repeat(ReaderGroup.MAX_CHECKPOINT_NAME_LENGTH));
            assertThat(GroupNames.state(group).isReserved()).isTrue();
            assertThat(GroupNames.parking(group).isReserved()).isTrue();
            assertThat(GroupNames.directory(group.scope()).isReserved()).isTrue();
            assertThat(GroupNames.subscriber(group.toString(), checkpoint)).hasSizeLessThanOrEqualTo(200);
            assertThat("group/" + group + "/" + Long.MAX_VALUE).hasSizeLessThanOrEqualTo(200);
        }
    }

    @Test
    void longerNamesAreRefused() {
        assertThatThrownBy(() -> name(1, ReaderGroup.MAX_NAME_LENGTH - 1))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> GroupNames.requireCheckpoint("c".repeat(ReaderGroup.MAX_CHECKPOINT_NAME_LENGTH + 1)))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void groupsOfDifferentNamesHaveDifferentStreams() {
        assertThat(GroupNames.state(StreamName.parse("a/b-c")))
                .isNotEqualTo(GroupNames.state(StreamName.parse("a-b/c")));
        assertThat(GroupNames.state(StreamName.parse("1-1/c")))
                .isNotEqualTo(GroupNames.state(StreamName.parse("1/1-c")));
    }
}
