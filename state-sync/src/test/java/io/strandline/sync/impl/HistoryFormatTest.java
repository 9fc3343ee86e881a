package io.strandline.sync.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HistoryFormatTest {

    private static final HistoryLimits LIMITS = new HistoryLimits(1 << 10, 3, 1 << 20, 2);

    @Test
    void the_bytes_of_a_revision_stay_as_they_are() throws IOException {
        Position position = new Position(7, new AppendId(new UUID(1, 2), 3));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        HistoryFormat.writeRevision(
                new DataOutputStream(bytes), new Revision(position, Revision.Form.WHOLE, new byte[] {10, 11}));
        assertThat(HexFormat.of().formatHex(bytes.toByteArray()))
                .isEqualTo("0000000000000007" + "00000000000000010000000000000002" + "0000000000000003" + "01"
                        + "00000002" + "0a0b");
    }

    @Test
    void a_history_that_was_read_answers_as_the_one_written() throws IOException {
        RevisionHistory history = RevisionHistory.EMPTY;
        for (int i = 1; i <= 6; i++) {
            Position before = history.newest();
            Position next = before.next(new AppendId(new UUID(9, i), 1));
            RevisionHistory.Step step =
                    history.append(before, List.of(new Revision(next, Revision.Form.CHANGE, new byte[i])), LIMITS);
            history = step.after().compact(new Revision(next, Revision.Form.WHOLE, new byte[2 * i]), LIMITS);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        HistoryFormat.writeHistory(new DataOutputStream(bytes), history);
        RevisionHistory read = HistoryFormat.readHistory(in(bytes));

        assertThat(read).usingRecursiveComparison().isEqualTo(history);
        assertThat(read.newest().revision()).isEqualTo(6);
        assertThat(read.kept()).hasSize(3);
    }

    @Test
    void every_answer_is_read_as_written() throws IOException {
        Position position = new Position(7, new AppendId(new UUID(1, 2), 3));
        for (AppendAnswer answer : List.of(
                new AppendAnswer.Appended(position, 4),
                new AppendAnswer.Refused(new CatchUp(position, List.of()), 7),
                new AppendAnswer.Full(5, 6),
                new AppendAnswer.Undecided(position))) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            HistoryFormat.writeAnswer(new DataOutputStream(bytes), answer);
            assertThat(HistoryFormat.readAnswer(in(bytes))).isEqualTo(answer);
        }
    }

    @Test
    void a_newer_format_is_refused_with_its_number() {
        assertThatThrownBy(() -> HistoryFormat.readFormat(in(new byte[] {2})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("format 2");
    }

    private static DataInputStream in(ByteArrayOutputStream bytes) {
        return in(bytes.toByteArray());
    }

    private static DataInputStream in(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }
}
