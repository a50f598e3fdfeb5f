// An error as the data API tells it: HTTP status, code, message, sometimes the fields it is about.

export class ApiError extends Error {
  /**
   * @param {number} status HTTP status when the whole request fails with it
   * @param {string} code `errorCode` in an error array, `statusCode` in a record's result
   * @param {string} message
   * @param {string[]} [fields]
   */
  constructor(status, code, message, fields) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }

  /** Body of a request that failed: an array of one. */
  body() {
    const error = { message: this.message, errorCode: this.code };
    return [this.fields ? { ...error, fields: this.fields } : error];
  }

  /** One record's error in collections and tree: `statusCode`, and `fields` always. */
  record() {
    return { statusCode: this.code, message: this.message, fields: this.fields ?? [] };
  }

  /** One record's error in Bulk ingest: CODE:message:field list--. */
  bulk() {
    const fields = this.fields?.length ? `${this.fields.join(', ')} ` : '';
    return `${this.code}:${this.message}:${fields}--`;
  }
}

export const notFound = (message = 'The requested resource does not exist') =>
  new ApiError(404, 'NOT_FOUND', message);
export const badRequest = (code, message, fields) => new ApiError(400, code, message, fields);
