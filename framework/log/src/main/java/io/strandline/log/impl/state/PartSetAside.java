package io.strandline.log.impl.state;

import io.strandline.StreamName;

/**
 * The part of a committed transaction for one stream, which was refused for good.
 *
 * @param id of the transaction
 * @param stream that refused it
 * @param why it was refused
 */
public record PartSetAside(String id, StreamName stream, String why) {}
