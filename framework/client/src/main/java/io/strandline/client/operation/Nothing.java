package io.strandline.client.operation;

/** The request or reply without a field. */
public enum Nothing {
    NOTHING
}
