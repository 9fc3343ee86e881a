package io.strandline.projection.sql;

import io.strandline.processing.projection.ProjectionBatch;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;

/** Writes the rows of a batch. */
@FunctionalInterface
public interface SqlBatchHandler<E> {

    /**
     * Writes rows by statements of the connection, whose transaction has been begun and is committed when the future completes. A
     * failed future, an exception or null rolls it back. Rows of a batch are best written together, by {@code
     * connection.preparedQuery(sql).executeBatch(tuples)}. The handler neither ends the transaction nor closes the connection.
     *
     * @param batch events of one partition. At least one: a batch without events only moves the position
     */
    Future<?> write(SqlConnection connection, ProjectionBatch<E> batch);
}
