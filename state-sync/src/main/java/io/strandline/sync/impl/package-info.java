/**
 * What the stores of this module share and nobody else uses. Hidden.
 *
 * <p>It uses the interfaces of stores alone.
 */
@NullMarked
package io.strandline.sync.impl;

import org.jspecify.annotations.NullMarked;
