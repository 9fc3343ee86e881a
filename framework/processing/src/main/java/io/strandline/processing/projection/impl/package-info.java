/** What runs projections on a log. {@code OpenProjection} is the entry, {@code Applying} the heart. */
@NullMarked
package io.strandline.processing.projection.impl;

import org.jspecify.annotations.NullMarked;
