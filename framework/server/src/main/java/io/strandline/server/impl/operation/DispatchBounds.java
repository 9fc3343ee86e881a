package io.strandline.server.impl.operation;

/**
 * What one door takes.
 *
 * @param maxReadBytes most bytes that one read asks the log for
 * @param maxRequestBytes most bytes of the events of one request
 * @param maxWriters most writers that are kept open on one event loop
 */
public record DispatchBounds(int maxReadBytes, int maxRequestBytes, int maxWriters) {}
