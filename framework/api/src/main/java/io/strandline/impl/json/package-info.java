/** How {@link io.strandline.JsonCodec} writes and reads JSON. Hidden from applications. */
@NullMarked
package io.strandline.impl.json;

import org.jspecify.annotations.NullMarked;
