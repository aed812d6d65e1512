using Entitlements.Engine.Packages;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What is in an uploaded file.</summary>
/// <param name="Platform">For which it is a package; null where it is none that is read.</param>
/// <param name="Capabilities">What it can do, the riskiest first.</param>
/// <param name="Fault">Why it cannot be read as a package; null where it can.</param>
internal sealed record UploadReading(
    string? Platform,
    PackageView? Package,
    IReadOnlyList<CapabilityView> Capabilities,
    PackageFault? Fault,
    string? FaultDetail,
    MalwareScan Scan
)
{
    public static UploadReading Of(ArtifactReadingRow reading)
    {
        var contents = ReadArtifact.ContentsOf(reading);
        return new(
            contents?.Platform,
            PackageView.Of(reading),
            CapabilityView.Of(contents?.Capabilities ?? []),
            reading.Fault,
            reading.FaultDetail,
            reading.Scan
        );
    }
}

/// <summary>Files that come in one piece, and what is in a file once it is here.</summary>
internal static class WholeFileEndpoints
{
    public static void MapWholeFiles(this IEndpointRouteBuilder uploads)
    {
        uploads
            .MapPost("/file", PostAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("UploadFile")
            .WithSummary("Takes a whole file at once; what broke off is dropped.")
            .Accepts<Stream>("application/octet-stream")
            .Produces<UploadView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status411LengthRequired);
        uploads
            .MapPost("/{id}/reading", ReadAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("ReadUpload")
            .WithSummary("Opens a complete upload's file and says what is in it: version, signer, what it can do, and what the malware scanner says.")
            .Produces<UploadView>()
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <param name="tenant">Only for callers who act for several tenants.</param>
    private static async Task<IResult> PostAsync(HttpContext http, Caller caller, string? tenant, OpenUpload open, UploadFiles files, FinishUpload finish)
    {
        if (caller.TenantFor(tenant, Function.AppOwner) is not { } own)
        {
            return tenant is null ? Problems.BadRequest("tenant is required: the caller acts for several tenants.", "tenant_required") : Problems.NotFound();
        }
        if (http.Request.ContentLength is not { } most) // a page's own request says the most that may come
        {
            return Problems.ForStatus(StatusCodes.Status411LengthRequired);
        }
        if (most < 1)
        {
            return Empty;
        }
        var (upload, refusal) = await open.OpenAsync(caller, own, sha256: null, most);
        if (upload is null)
        {
            return refusal!.ToResult();
        }
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = most; // held against the largest file when it was opened
        }
        return await ReceiveAsync(http, upload, files, finish);
    }

    private static async Task<IResult> ReceiveAsync(HttpContext http, UploadRow upload, UploadFiles files, FinishUpload finish)
    {
        var isKept = false;
        try
        {
            await using var file = files.TryOpen(upload.Id) ?? throw new IOException("A new upload's file is nobody else's.");
            if (!await UploadFiles.AppendAsync(file, http.Request.BodyReader, upload.Size, http.RequestAborted) || file.Length == 0)
            {
                return Empty;
            }
            upload.Size = file.Length;
            isKept = await finish.FinishAsync(upload, file);
        }
        finally
        {
            if (!isKept)
            {
                await finish.DropAsync(upload, "upload.broken_off");
            }
        }
        upload.CompletedAt = upload.CreatedAt; // of the view alone: the row has its own
        UploadEndpoints.Tell(http, upload.Size, upload.Size);
        return Results.Created($"/v1/uploads/{upload.Id}", UploadView.Of(upload, upload.Size));
    }

    private static async Task<IResult> ReadAsync(Caller caller, OpaqueId id, EntitlementsDb db, ReadArtifact read)
    {
        if (await UploadEndpoints.FindAsync(db, caller, id) is not { } upload)
        {
            return Problems.NotFound();
        }
        if (upload.CompletedAt is null)
        {
            return Problems.Conflict("upload_incomplete", "The upload is not complete.");
        }
        return await read.ReadAsync(upload.Sha256, upload.Tenant, caller.Key) is { } reading
            ? TypedResults.Ok(UploadView.Of(upload, upload.Size, reading))
            : ReleaseContents.Unscanned.ToResult();
    }

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Empty => Problems.BadRequest("The file is empty.", "file_empty");
}
