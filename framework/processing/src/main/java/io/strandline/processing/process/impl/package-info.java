/** What runs processes: decisions, their stored form, the sending of commands, and timers. */
@NullMarked
package io.strandline.processing.process.impl;

import org.jspecify.annotations.NullMarked;
