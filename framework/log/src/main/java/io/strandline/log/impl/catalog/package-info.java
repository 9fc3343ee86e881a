/**
 * What concerns more than one shard: scopes and streams, admission of writers, scaling and retention. Each change is a saga
 * of steps in shards that may be repeated. It calls shards through their hosts, and may use all rooms below.
 *
 * <p>Hidden: applications do not use it, and it changes without notice.
 */
@NullMarked
package io.strandline.log.impl.catalog;

import org.jspecify.annotations.NullMarked;
