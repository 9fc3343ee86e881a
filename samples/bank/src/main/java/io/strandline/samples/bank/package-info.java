/** A bank: accounts that are event-sourced aggregates, transfers by a process manager, balances in PostgreSQL, and an HTTP API. */
@NullMarked
package io.strandline.samples.bank;

import org.jspecify.annotations.NullMarked;
