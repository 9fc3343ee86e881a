package io.strandline.processing.group.impl.state;

import io.strandline.Limits;
import io.strandline.StreamName;
import io.strandline.processing.group.ReaderGroup;
import java.util.Optional;

/**
 * The names that are made from a group's name. Its streams are in the reserved scope, so they belong to nobody else. The
 * length of the scope distinguishes {@code a/b-c} from {@code a-b/c}.
 *
 * <pre>
 *  group            shop/billing
 *  its state        _strandline/group-4-shop-billing
 *  what it parks    _strandline/parked-4-shop-billing, unless the options name a stream
 *  retention        subscriber shop/billing, and shop/billing!CHECKPOINT for each named checkpoint
 *  directory        _strandline/groups-shop
 *
 *  a stream whose partitions are shared without a group    bank/accounts
 *  what its members agree on                               _strandline/shares-4-bank-accounts
 * </pre>
 */
public final class GroupNames {

    private static final String CHECKPOINT_MARK = "!";
    private static final String DIRECTORY = "groups-";

    private GroupNames() {}

    /**
     * Returns the name of a group, if it and all names that are made of it are valid and short enough.
     *
     * @throws io.strandline.StrandlineException.Invalid if not
     */
    public static StreamName requireGroup(String group) {
        StreamName name = StreamName.parse(group);
        Limits.require("length of group " + group, group.length(), 1, ReaderGroup.MAX_NAME_LENGTH);
        return name;
    }

    /**
     * Returns the name of a checkpoint, if it is valid and short enough.
     *
     * @throws io.strandline.StrandlineException.Invalid if not
     */
    public static String requireCheckpoint(String checkpoint) {
        StreamName.requireValid("checkpoint", checkpoint);
        Limits.require(
                "length of checkpoint " + checkpoint, checkpoint.length(), 1, ReaderGroup.MAX_CHECKPOINT_NAME_LENGTH);
        return checkpoint;
    }

    static StreamName state(StreamName group) {
        return reserved("group", group);
    }

    /** The synchronizer of those that share the partitions of a stream without reading them. */
    static StreamName shares(StreamName stream) {
        return reserved("shares", stream);
    }

    public static StreamName parking(StreamName group) {
        return reserved("parked", group);
    }

    private static StreamName reserved(String kind, StreamName group) {
        String scope = group.scope();
        return new StreamName(
                StreamName.RESERVED_SCOPE, kind + "-" + scope.length() + "-" + scope + "-" + group.stream());
    }

    /** The synchronizer with the names of a scope's groups. */
    static StreamName directory(String scope) {
        return new StreamName(StreamName.RESERVED_SCOPE, DIRECTORY + scope);
    }

    /** The scope whose directory is kept in a stream. Empty if the stream keeps none. */
    static Optional<String> scopeOf(StreamName directory) {
        return directory.isReserved() && directory.stream().startsWith(DIRECTORY)
                ? Optional.of(directory.stream().substring(DIRECTORY.length()))
                : Optional.empty();
    }

    /** The subscriber by which retention waits for a checkpoint. */
    static String subscriber(String group, String checkpoint) {
        return group + CHECKPOINT_MARK + checkpoint;
    }
}
