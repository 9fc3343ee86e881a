package io.strandline.sync;

import static io.strandline.sync.KeyRingTest.key;
import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.relay.FaultyStore;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class EncryptedStoreTest {

    private static final StreamName NAME = new StreamName("secret", "state");
    private static final KeyRing RING = KeyRing.of(5, key(32, 1));
    private static final UUID WRITER = new UUID(1, 2);

    private final MemoryRevisionStore below = MemoryRevisionStore.create();
    private final Vertx vertx;
    private final RevisionStore store;

    EncryptedStoreTest(Vertx vertx) {
        this.vertx = vertx;
        this.store = EncryptedRevisionStore.over(vertx, below, RING);
    }

    @Test
    void an_answer_of_the_store_below_keeps_all_that_it_says() {
        Position at = Position.NONE.next(new AppendId(WRITER, 1));
        for (AppendAnswer answer : List.of(
                new AppendAnswer.Appended(at, 4),
                new AppendAnswer.Refused(new CatchUp(at, List.of()), 41),
                new AppendAnswer.Full(5, 6),
                new AppendAnswer.Undecided(at))) {
            FaultyStore scripted = new FaultyStore();
            scripted.next(append -> Future.succeededFuture(answer));
            RevisionStore encrypted = EncryptedRevisionStore.over(vertx, scripted, RING);
            assertThat(await(encrypted.append(NAME, Position.NONE, List.of(revision(1, "any")))))
                    .isEqualTo(answer);
        }
    }

    @Test
    void the_bytes_stay_as_they_are() {
        Revision plain = revision(1, "plaintext");
        Revision encrypted = SealedBytes.seal(RING, fixed(), NAME, plain);
        assertThat(HexFormat.of().formatHex(encrypted.bytes()))
                .isEqualTo("e1" + "00000005" + "0a0a0a0a0a0a0a0a0a0a0a0a" + "9ce94d48f18f1a54f0"
                        + "b05fc3727d954f9891db59bc941cf9b5");
        assertThat(text(SealedBytes.open(RING, NAME, encrypted))).isEqualTo("plaintext");
    }

    @Test
    void nothing_at_all_can_be_encrypted() {
        Revision sealed = SealedBytes.seal(RING, fixed(), NAME, revision(1, ""));
        assertThat(SealedBytes.open(RING, NAME, sealed).bytes()).isEmpty();
    }

    @Test
    void the_store_below_sees_no_plaintext_and_no_value_twice() {
        append(revision(1, "plaintext plaintext"));
        append(revision(2, "plaintext plaintext"));
        assertThat(await(store.compact(NAME, whole(2, "plaintext plaintext")))).isTrue();

        List<Revision> stored = await(below.readSince(NAME, Position.NONE)).revisions();
        assertThat(stored).noneMatch(revision -> text(revision).contains("plain"));
        assertThat(stored.get(0).bytes()).isNotEqualTo(stored.get(1).bytes());
        assertThat(await(store.readSince(NAME, Position.NONE)).revisions())
                .allMatch(revision -> text(revision).equals("plaintext plaintext"));
        assertThat(await(store.readNews(NAME, position(1))).revisions()).hasSize(1);
    }

    @Test
    void bytes_at_another_place_are_corrupt() {
        Revision here = revision(1, "here");
        byte[] bytes = SealedBytes.seal(RING, new SecureRandom(), NAME, here).bytes();
        StreamName other = new StreamName("secret", "other");
        Position rewritten = new Position(1, new AppendId(new UUID(1, 3), 1));

        assertThat(text(SealedBytes.open(RING, NAME, new Revision(here.position(), Revision.Form.CHANGE, bytes))))
                .isEqualTo("here");
        assertCorrupt(other, new Revision(here.position(), Revision.Form.CHANGE, bytes));
        assertCorrupt(NAME, new Revision(position(2), Revision.Form.CHANGE, bytes));
        assertCorrupt(NAME, new Revision(rewritten, Revision.Form.CHANGE, bytes));
        assertCorrupt(NAME, new Revision(here.position(), Revision.Form.WHOLE, bytes));
    }

    @Test
    void a_changed_byte_anywhere_is_corrupt() {
        Revision encrypted = SealedBytes.seal(RING, new SecureRandom(), NAME, revision(1, "value"));
        for (int at = 0; at < encrypted.bytes().length; at++) {
            byte[] changed = encrypted.bytes().clone();
            changed[at] ^= 1;
            assertCorrupt(NAME, new Revision(encrypted.position(), Revision.Form.CHANGE, changed));
        }
        for (int length = 0; length < encrypted.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(encrypted.bytes(), length);
            assertCorrupt(NAME, new Revision(encrypted.position(), Revision.Form.CHANGE, cut));
        }
    }

    @Test
    void a_missing_or_wrong_key_fails_the_call_with_its_id_and_harms_nobody() {
        append(revision(1, "value"));
        RevisionStore stranger = EncryptedRevisionStore.over(vertx, below, KeyRing.of(6, key(32, 2)));
        RevisionStore impostor = EncryptedRevisionStore.over(vertx, below, KeyRing.of(5, key(32, 2)));

        assertThat(failureOf(stranger.readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll("revision 1", NAME.toString(), "key 5", "[6]");
        assertThat(failureOf(impostor.readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll("revision 1", NAME.toString(), "key 5");
        assertThat(failureOf(impostor.append(NAME, Position.NONE, List.of(revision(1, UUID.randomUUID(), "other")))))
                .isInstanceOf(StrandlineException.Corrupt.class);
        assertThat(await(store.readSince(NAME, Position.NONE)).newest()).isEqualTo(position(1));
    }

    @Test
    void values_that_were_stored_in_the_clear_are_not_believed() {
        assertThat(await(below.append(
                        NAME, Position.NONE, List.of(revision(1, "a long value in the clear, 33 or more")))))
                .isInstanceOf(AppendAnswer.Appended.class);
        assertThat(failureOf(store.readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("not encrypted");
    }

    @Test
    void a_key_is_changed_while_others_still_use_the_one_before() {
        EncryptedRevisionStore one = EncryptedRevisionStore.over(vertx, below, RING);
        EncryptedRevisionStore other = EncryptedRevisionStore.over(vertx, below, RING);
        append(one, revision(1, "old key"));
        KeyRing both = RING.withOlder(6, key(32, 2));
        one.use(both);
        other.use(both);
        one.use(both.withActive(6, key(32, 2)));
        append(one, revision(2, "new key"));
        append(other, revision(3, "old key"));
        for (RevisionStore each : List.of(one, other)) {
            assertThat(await(each.readSince(NAME, Position.NONE)).revisions())
                    .extracting(EncryptedStoreTest::text)
                    .containsExactly("old key", "new key", "old key");
        }

        other.use(KeyRing.of(6, key(32, 2)));
        assertThat(failureOf(other.readSince(NAME, Position.NONE))).isInstanceOf(StrandlineException.Corrupt.class);
        append(one, whole(4, "new key"));
        assertThat(await(other.readSince(NAME, position(3))).revisions())
                .extracting(EncryptedStoreTest::text)
                .containsExactly("new key");
    }

    @Test
    void a_key_is_left_out_when_every_name_was_compacted_also_one_that_was_a_whole_state_already() {
        EncryptedRevisionStore changing = EncryptedRevisionStore.over(vertx, below, RING);
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, changing).open(NAME.toString(), Texts.MODEL));
        await(one.compareAndSet(0, List.of("a")));
        changing.use(RING.withActive(6, key(32, 2)));
        await(one.compact());

        RevisionStore next = EncryptedRevisionStore.over(vertx, below, KeyRing.of(6, key(32, 2)));
        StateSynchronizer<List<String>, String> other =
                await(StateSync.create(vertx, next).open(NAME.toString(), Texts.MODEL));
        assertThat(await(other.update(state -> List.of("b")))).isEqualTo(new Revisioned<>(2, List.of("a", "b")));
        assertThat(await(one.fetch()).state()).containsExactly("a", "b");
    }

    /** The store still keeps the revisions, and gives them to those that lag behind. */
    @Test
    void who_lags_behind_revisions_of_a_key_that_was_left_out_starts_over_from_the_whole_state() {
        EncryptedRevisionStore changing = EncryptedRevisionStore.over(vertx, below, RING);
        for (int number = 1; number <= 3; number++) {
            append(changing, revision(number, "old key"));
        }
        changing.use(RING.withActive(6, key(32, 2)));
        assertThat(await(changing.compact(NAME, whole(3, "whole")))).isTrue();
        append(changing, revision(4, "new key"));

        RevisionStore next = EncryptedRevisionStore.over(vertx, below, KeyRing.of(6, key(32, 2)));
        List<CatchUp> all = List.of(
                await(next.readSince(NAME, Position.NONE)),
                await(next.readSince(NAME, position(1))),
                await(next.readNews(NAME, position(1))),
                await(next.look(NAME, position(1))),
                ((AppendAnswer.Refused)
                                await(next.append(NAME, position(1), List.of(revision(2, new UUID(1, 3), "late")))))
                        .missed());
        assertThat(all).allSatisfy(missed -> {
            assertThat(missed.base()).isEqualTo(Position.NONE);
            assertThat(missed.revisions()).extracting(EncryptedStoreTest::text).containsExactly("whole", "new key");
        });
    }

    @Test
    void the_limit_leaves_room_for_what_encryption_adds() {
        int limit = HistoryLimits.DEFAULT.maxValueBytes() - 33;
        assertThat(store.maxValueBytes()).isEqualTo(limit);
        Revision large = new Revision(position(1), Revision.Form.CHANGE, new byte[limit]);
        Revision tooLarge = new Revision(position(2), Revision.Form.CHANGE, new byte[limit + 1]);
        append(large);
        assertThat(failureOf(store.append(NAME, position(1), List.of(tooLarge))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(Integer.toString(limit), Integer.toString(limit + 1));
        assertThat(failureOf(store.compact(NAME, new Revision(position(1), Revision.Form.WHOLE, new byte[limit + 1]))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(await(store.readSince(NAME, Position.NONE))
                        .revisions()
                        .get(0)
                        .bytes())
                .isEqualTo(large.bytes());
    }

    @Test
    void a_synchronizer_goes_on_over_a_store_that_is_encrypted() {
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, store).open(NAME.toString(), Texts.MODEL));
        StateSynchronizer<List<String>, String> other =
                await(StateSync.create(vertx, store).open(NAME.toString(), Texts.MODEL));
        await(one.update(state -> List.of("a")));
        await(other.update(state -> List.of("b")));
        await(one.compact());
        assertThat(await(one.fetch())).isEqualTo(new Revisioned<>(2, List.of("a", "b")));
        assertThat(failureOf(StateSync.create(vertx, below).open(NAME.toString(), Texts.MODEL)))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    private static void assertCorrupt(StreamName name, Revision stored) {
        assertThatThrownBy(() -> SealedBytes.open(RING, name, stored))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll("revision " + stored.number(), name.toString());
    }

    private void append(Revision revision) {
        append(store, revision);
    }

    private static void append(RevisionStore to, Revision revision) {
        assertThat(await(to.append(NAME, position(revision.number() - 1), List.of(revision))))
                .isInstanceOf(AppendAnswer.Appended.class);
    }

    private static Position position(long revision) {
        return revision == 0 ? Position.NONE : new Position(revision, new AppendId(WRITER, revision));
    }

    private static Revision revision(long number, String text) {
        return revision(number, WRITER, text);
    }

    private static Revision revision(long number, UUID writer, String text) {
        Position position = new Position(number, new AppendId(writer, number));
        return new Revision(position, Revision.Form.CHANGE, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Revision whole(long number, String text) {
        return new Revision(position(number), Revision.Form.WHOLE, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Revision revision) {
        return new String(revision.bytes(), StandardCharsets.ISO_8859_1);
    }

    private static SecureRandom fixed() {
        return new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                Arrays.fill(bytes, (byte) 10);
            }
        };
    }
}
