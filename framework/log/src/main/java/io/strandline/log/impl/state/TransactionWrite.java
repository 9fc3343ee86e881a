package io.strandline.log.impl.state;

import io.strandline.StreamName;

/**
 * Events that a transaction holds for one stream.
 *
 * @param id id of the transaction
 * @param sequence number of the write in its transaction, from 0
 * @param writer number of the home shard's writer for the stream. Another number means another stream of that name
 * @param records records in the format of {@link io.strandline.spi.Batch}
 * @param events number of records
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TransactionWrite(String id, long sequence, StreamName stream, long writer, byte[] records, int events) {}
