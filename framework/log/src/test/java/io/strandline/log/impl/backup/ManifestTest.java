package io.strandline.log.impl.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {

    private static final Content CONTENT = new Content(1, 2);

    private static Manifest read(String name, int shards, String file) {
        return Manifest.decode(new Manifest(name, "", 0, shards, 0, Map.of(file, CONTENT)).encode(), "manifest");
    }

    @Test
    void names_of_files_in_a_data_directory_are_read() {
        assertThat(read("20261130-071434-472", 2, "shard-1/chunks/00000001-000000000001.chunk")
                        .files())
                .containsEntry("shard-1/chunks/00000001-000000000001.chunk", CONTENT);
    }

    @Test
    void the_log_is_in_it_and_not_in_one_of_version_1() {
        String id = "00112233445566778899aabbccddeeff";
        Manifest manifest =
                new Manifest("20261130-071434-472", id, 5, 2, 7, Map.of("shard-0/journal/1.journal", CONTENT));
        assertThat(Manifest.decode(manifest.encode(), "manifest")).isEqualTo(manifest);
        String before = "strandline-backup 1\npoint 20261130-071434-472 5 2 7\nfile 1 2 shard-0/journal/1.journal\n";
        CRC32C crc = new CRC32C();
        crc.update(before.getBytes(StandardCharsets.UTF_8));
        String text = before + "end " + Long.toHexString(crc.getValue()) + "\n";
        Manifest read = Manifest.decode(text.getBytes(StandardCharsets.UTF_8), "manifest");
        assertThat(read.log()).isEmpty();
        assertThat(read.files()).isEqualTo(manifest.files());
        assertThatThrownBy(() -> Manifest.decode(
                        new Manifest("20261130-071434-472", "../x", 5, 2, 7, manifest.files()).encode(), "manifest"))
                .isInstanceOf(StrandlineException.Corrupt.class);
    }

    /** A restore would write outside of its directory, and a removal delete there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "../chunks/x",
                "shard-0/chunks/../../../x",
                "/etc/chunks/x",
                "shard-0//x",
                "shard-0/.hidden",
                "shard-0\\..\\x",
                "shard-0/x\u0000y",
                "log.json",
                ""
            })
    void a_name_that_leads_elsewhere_is_damage(String file) {
        assertThatThrownBy(() -> read("20261130-071434-472", 2, file)).isInstanceOf(StrandlineException.Corrupt.class);
    }

    @Test
    void a_point_that_leads_elsewhere_and_shards_that_no_log_has_are_damage() {
        assertThatThrownBy(() -> read("../other", 2, "shard-0/x")).isInstanceOf(StrandlineException.Corrupt.class);
        for (int shards : new int[] {-1, 0, 2_000_000_000}) {
            assertThatThrownBy(() -> read("20261130-071434-472", shards, "shard-0/x"))
                    .isInstanceOf(StrandlineException.Corrupt.class);
        }
    }
}
