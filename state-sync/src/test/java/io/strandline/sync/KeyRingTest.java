package io.strandline.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class KeyRingTest {

    @Test
    void a_key_that_is_none_for_aes_256_is_refused_with_its_size() {
        assertThatThrownBy(() -> KeyRing.of(1, key(16, 1)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("key 1", "16 bytes", "32");
        assertThatThrownBy(() -> KeyRing.of(1, new SecretKeySpec(new byte[32], "HmacSHA256")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("AES/GCM");
        assertThatThrownBy(() -> KeyRing.of(-1, key(32, 1)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key id is -1");
    }

    @Test
    void an_id_never_stands_for_two_keys() {
        KeyRing ring = KeyRing.of(1, key(32, 1));
        assertThatThrownBy(() -> ring.withOlder(1, key(32, 2)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("a key 1 already");
        assertThatThrownBy(() -> ring.withActive(1, key(32, 2))).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void the_key_that_encrypts_changes_and_the_others_stay() {
        SecretKey next = key(32, 2);
        KeyRing both = KeyRing.of(1, key(32, 1)).withOlder(2, next);
        assertThat(both.activeId()).isEqualTo(1);
        assertThat(both.withActive(2, next).activeId()).isEqualTo(2);
        assertThat(both.withActive(2, next).key(1)).isEqualTo(key(32, 1));
        assertThat(both.withActive(3, key(32, 3)).key(2)).isEqualTo(next);
    }

    @Test
    void the_keys_of_a_ring_are_bounded() {
        KeyRing ring = KeyRing.of(1, key(32, 1));
        for (int id = 2; id <= KeyRing.MAX_KEYS; id++) {
            ring = ring.withOlder(id, key(32, id));
        }
        KeyRing full = ring;
        assertThatThrownBy(() -> full.withOlder(99, key(32, 99)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("65");
    }

    @Test
    void no_text_shows_a_key() {
        assertThat(KeyRing.of(7, key(32, 1)).withOlder(3, key(32, 2))).hasToString("keys [3, 7], 7 encrypts");
    }

    static SecretKey key(int bytes, int value) {
        byte[] all = new byte[bytes];
        Arrays.fill(all, (byte) value);
        return new SecretKeySpec(all, "AES");
    }
}
