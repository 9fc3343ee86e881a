/**
 * The command line: {@code strandline server} and what an operator does with a log, in this process or through a server.
 *
 * <p>What a command prints is for people, or JSON with {@code --json}. What it ends with is in {@link
 * io.strandline.command.ExitCode}.
 */
@NullMarked
package io.strandline.command;

import org.jspecify.annotations.NullMarked;
