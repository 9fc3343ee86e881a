package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.Texts;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Split-brain protection: a cluster of two that needs both. */
class TooFewMembersTest {

    /** Hazelcast may notice by its heartbeats alone, after a minute and some, that a member is gone. */
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private static final int NAMES = 16;

    private final HazelcastSyncConfig both = new HazelcastSyncConfig().setMinMembers(2);
    private final Member one = Member.first(both);
    private final RevisionStore store = await(HazelcastRevisionStore.open(one.vertx()));
    private final List<Member> others = new ArrayList<>();

    @AfterEach
    void stop() {
        others.forEach(Member::close);
        one.close();
    }

    @Test
    void calls_are_unavailable_while_members_are_missing() {
        StreamName name = name(0);
        assertUnavailable(store.readSince(name, Position.NONE));
        assertUnavailable(store.append(name, Position.NONE, first()));
        another();
        assertThat(await(store.append(name, Position.NONE, first()))).isInstanceOf(AppendAnswer.Appended.class);
        others.remove(0).close();
        awaitUntil(false);
        assertUnavailable(store.append(name, Position.NONE, first()));
    }

    @Test
    void an_append_that_is_unavailable_was_not_taken_even_if_a_member_died_with_it() {
        Member other = another();
        List<Tried> tried = new ArrayList<>();
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        for (int i = 0; !isOver(tried); i++) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            if (i == 200) {
                other.crash();
                others.remove(other);
            }
            StreamName name = name(i);
            List<Revision> revision = first();
            tried.add(new Tried(name, revision.get(0).position(), store.append(name, Position.NONE, revision)));
        }
        another();

        for (Tried each : tried) {
            Position stands = await(store.readSince(each.name, Position.NONE)).newest();
            Object outcome = outcomeOf(each.answer);
            if (outcome instanceof AppendAnswer.Appended) {
                assertThat(stands).isEqualTo(each.position);
            } else if (outcome instanceof StrandlineException.Unavailable) {
                assertThat(stands).as("%s after %s", each.name, outcome).isEqualTo(Position.NONE);
            } else {
                assertThat(outcome).isInstanceOf(StrandlineException.Unknown.class);
            }
        }
    }

    @Test
    void the_refusal_of_too_few_members_says_nothing_if_one_left_with_the_append() {
        another();
        Set<com.hazelcast.cluster.Member> two = one.hazelcast().getCluster().getMembers();
        others.remove(0).close();
        awaitUntil(false);
        Set<com.hazelcast.cluster.Member> rest = one.hazelcast().getCluster().getMembers();
        SplitBrainProtectionException refusal = new SplitBrainProtectionException("for the test");

        assertThat(HazelcastRevisionStore.failureOf(name(0), two, rest, refusal, StrandlineException.Unknown::new))
                .isInstanceOf(StrandlineException.Unknown.class);
        assertThat(HazelcastRevisionStore.failureOf(name(0), rest, rest, refusal, StrandlineException.Unknown::new))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    /** An append to a name of its own. */
    private record Tried(StreamName name, Position position, Future<AppendAnswer> answer) {}

    /** Whether the last one was refused. A bounded number is in flight at a time. */
    private static boolean isOver(List<Tried> tried) {
        if (tried.size() < NAMES) {
            return false;
        }
        Tried settled = tried.get(tried.size() - NAMES);
        return outcomeOf(settled.answer) instanceof StrandlineException;
    }

    private Member another() {
        Member other = one.another(both);
        others.add(other);
        awaitUntil(true);
        return other;
    }

    /** Hazelcast tells the members of a new one before it lets their calls through. */
    private void awaitUntil(boolean served) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        List<Member> all = new ArrayList<>(others);
        all.add(one);
        for (Member member : all) {
            var protection = member.hazelcast()
                    .getSplitBrainProtectionService()
                    .getSplitBrainProtection(HazelcastRevisionStore.MAP_NAME);
            while (protection.hasMinimumSize() != served) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
        }
    }

    private static @Nullable Object outcomeOf(Future<?> future) {
        try {
            return await(future);
        } catch (CompletionException failed) {
            return failed.getCause();
        }
    }

    private static void assertUnavailable(Future<?> future) {
        assertThat(Texts.failureOf(future))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("too few members");
    }

    private static StreamName name(int number) {
        return new StreamName("few", "name-" + number);
    }

    private static List<Revision> first() {
        Position position = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        return List.of(new Revision(position, Revision.Form.CHANGE, new byte[] {1}));
    }
}
