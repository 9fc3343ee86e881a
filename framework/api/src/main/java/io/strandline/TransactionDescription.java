package io.strandline;

/**
 * A transaction that the log knows.
 *
 * @param id its id
 * @param status how far it is
 * @param events number of events that it holds
 */
public record TransactionDescription(String id, TransactionStatus status, long events) {}
