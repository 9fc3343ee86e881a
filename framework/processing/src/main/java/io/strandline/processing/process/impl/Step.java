package io.strandline.processing.process.impl;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reaction as it was decided: the event of an instance.
 *
 * @param origin what it reacted to
 * @param state the state after it. Null if it stays
 * @param commands to be sent, in their order
 * @param timers set now. Each replaces the one of its name
 * @param cancelled names of timers that are not set any more
 */
record Step(
        Origin origin,
        @Nullable Encoded state,
        List<StoredCommand> commands,
        List<StoredTimer> timers,
        List<String> cancelled) {}
