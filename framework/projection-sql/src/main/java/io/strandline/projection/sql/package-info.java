/**
 * Projections into SQL databases, over the Vert.x SQL client.
 *
 * <p>{@link io.strandline.projection.sql.SqlStore} is the store of such a projection: it writes rows and position in one
 * transaction.
 */
@NullMarked
package io.strandline.projection.sql;

import org.jspecify.annotations.NullMarked;
