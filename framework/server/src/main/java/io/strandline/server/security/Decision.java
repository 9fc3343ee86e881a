package io.strandline.server.security;

/**
 * What rules say to a question, and why.
 *
 * @param isPermitted the answer
 * @param because the line of the rules that permits it, or what would have to be there
 */
public record Decision(boolean isPermitted, String because) {}
