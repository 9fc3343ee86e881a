package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.journal.JournalNames;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Names of files are what earlier releases gave. */
class FileNamesTest {

    private static final long MAX_CHUNKS = (1L << 48) - 1;

    @Property
    void numbers_have_a_fixed_width_and_come_back(@ForAll @LongRange(min = 0) long number) {
        String name = String.format(Locale.ROOT, "%016x.journal", number);
        assertThat(JournalNames.journal("a", number)).isEqualTo("a/" + name);
        assertThat(JournalNames.number(name, JournalNames.JOURNAL)).isEqualTo(number);
    }

    @Property
    void names_of_chunks_come_back(
            @ForAll @IntRange(min = 1) int epoch, @ForAll @LongRange(min = 1, max = MAX_CHUNKS) long number) {
        ChunkId id = new ChunkId(epoch, number);
        assertThat(id.objectName()).isEqualTo(String.format(Locale.ROOT, "%08x-%012x.chunk", epoch, number));
        assertThat(ChunkId.parse(id.objectName())).isEqualTo(id).hasSameHashCodeAs(id);
        assertThat(new ChunkId(epoch, number - 1)).isNotEqualTo(id);
        assertThat(new ChunkId(epoch - 1, number)).isNotEqualTo(id);
    }
}
