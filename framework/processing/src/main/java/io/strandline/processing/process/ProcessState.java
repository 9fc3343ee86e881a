package io.strandline.processing.process;

import java.time.Instant;
import java.util.SortedMap;

/**
 * One instance of a process.
 *
 * @param state its state
 * @param version number of its reactions that were stored
 * @param openCommands number of commands that are not answered yet
 * @param timers the timers that are set, by name, and when each is due
 * @param <S> state of the process
 */
public record ProcessState<S>(S state, long version, int openCommands, SortedMap<String, Instant> timers) {}
