/**
 * Events as JSON: {@link io.strandline.json.JsonCodec}. The only public package that names Jackson.
 *
 * <p>It uses {@code io.strandline}, which knows no codec but that of bytes.
 */
@NullMarked
package io.strandline.json;

import org.jspecify.annotations.NullMarked;
