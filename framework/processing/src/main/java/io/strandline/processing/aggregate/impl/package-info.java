/** What runs aggregates on a log. {@code OpenAggregates} is the entry, {@code PartitionClaim} the heart. */
@NullMarked
package io.strandline.processing.aggregate.impl;

import org.jspecify.annotations.NullMarked;
