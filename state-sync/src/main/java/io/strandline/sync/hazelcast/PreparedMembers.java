package io.strandline.sync.hazelcast;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import io.strandline.StrandlineException;
import io.strandline.spi.Logger;
import java.util.List;
import java.util.Set;

/**
 * Whether every member of a cluster that keeps data was started with {@link HazelcastSyncConfig}, those that came after the store
 * was opened included. Hazelcast replaces its set of members with each change, so a look costs a comparison.
 */
final class PreparedMembers {

    private static final Logger LOG = Logger.of(PreparedMembers.class);

    private final Cluster cluster;
    private volatile Looked looked = new Looked(Set.of(), List.of());

    /** @param unprepared addresses of members without the attribute */
    private record Looked(Set<Member> members, List<String> unprepared) {}

    PreparedMembers(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Looks at the members that are there now.
     *
     * @throws StrandlineException.Unavailable if one of them keeps data and was not prepared
     */
    void require() {
        List<String> unprepared = look();
        if (!unprepared.isEmpty()) {
            throw new StrandlineException.Unavailable(refusalOf(unprepared) + "; nothing is served until they leave");
        }
    }

    /** The addresses of members that were not prepared. Each change of them is logged once. */
    List<String> look() {
        Set<Member> members = cluster.getMembers();
        Looked before = looked;
        if (before.members == members) {
            return before.unprepared;
        }
        List<String> unprepared = unprepared(members);
        looked = new Looked(members, unprepared);
        if (!unprepared.isEmpty() && !unprepared.equals(before.unprepared)) {
            LOG.error("{}", refusalOf(unprepared));
        }
        return unprepared;
    }

    static List<String> unprepared(Set<Member> members) {
        return members.stream()
                .filter(member -> !member.isLiteMember() && member.getAttribute(HazelcastSyncConfig.ATTRIBUTE) == null)
                .map(member -> member.getAddress().toString())
                .sorted()
                .toList();
    }

    private static String refusalOf(List<String> unprepared) {
        return "members " + unprepared + " of the Hazelcast cluster do not have the attribute "
                + HazelcastSyncConfig.ATTRIBUTE + AppliedConfig.REMEDY;
    }
}
