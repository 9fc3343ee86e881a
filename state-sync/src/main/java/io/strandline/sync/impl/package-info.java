/** What the stores of this module share and nobody else uses. */
@NullMarked
package io.strandline.sync.impl;

import org.jspecify.annotations.NullMarked;
