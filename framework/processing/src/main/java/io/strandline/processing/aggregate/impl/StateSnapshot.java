package io.strandline.processing.aggregate.impl;

import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;
import java.util.List;

/**
 * The state of an aggregate after one of its durable events.
 *
 * @param version number of events that made it
 * @param partition of the last of them
 * @param offset of the last of them
 * @param commands what is remembered of commands
 * @param stateBytes what the state takes as it is stored. 0 before it is
 */
record StateSnapshot<S>(
        S state, long version, long partition, long offset, List<DoneCommand> commands, long stateBytes) {}
